// A client written from docs/protocol.md alone, with the perfect negotiation of webrtc-pc, section
// 10.7: it offers in both roles, rolls back when it is polite, and knows no `renegotiate`. As
// pages did that offered two lines, it may have the channel `call` (`channel`), and answers every
// line of a kind with its track of that kind.
async ({ path, channel }) => {
  const video = Object.assign(document.createElement("video"), { id: "remote-video" });
  document.body.replaceChildren(video);
  window.shown = 0;
  const count = () => {
    window.shown++;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);

  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const session = crypto.randomUUID();
  const socket = new WebSocket(location.origin.replace("http", "ws") + path, "call.v1");
  const send = (message) => socket.send(JSON.stringify({ ...message, session, peerSession }));
  let pc, config, polite, peerSession, makingOffer, ignoreOffer;

  const meet = (peer) => {
    pc?.close();
    peerSession = peer.session;
    window.foreign = pc = new RTCPeerConnection(config);
    makingOffer = ignoreOffer = false;
    video.srcObject = new MediaStream();
    pc.ontrack = ({ track }) => {
      video.srcObject.addTrack(track);
      video.play();
    };
    pc.onnegotiationneeded = async () => {
      makingOffer = true;
      await pc.setLocalDescription();
      send(pc.localDescription.toJSON());
      makingOffer = false;
    };
    pc.onicecandidate = ({ candidate }) => send({ type: "ice", candidate });
    if (channel && polite) return; // it waits for the first offer
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
    if (channel) openChannel();
  };

  const openChannel = () => {
    window.told = [];
    window.carrier = pc.createDataChannel("call", { negotiated: true, id: 0 });
    carrier.onmessage = ({ data }) => told.push(JSON.parse(data));
    carrier.onopen = () => carrier.send('{"type": "state", "audio": true, "video": true}');
  };

  const fill = async () => {
    if (polite && !window.carrier) openChannel();
    for (const transceiver of pc.getTransceivers()) {
      const { kind } = transceiver.receiver.track;
      transceiver.direction = "sendrecv";
      await transceiver.sender.replaceTrack(stream.getTracks().find((own) => own.kind === kind));
    }
  };

  const describe = async (description) => {
    const collision =
      description.type === "offer" && (makingOffer || pc.signalingState !== "stable");
    ignoreOffer = !polite && collision;
    if (ignoreOffer) return;
    await pc.setRemoteDescription(description);
    if (description.type !== "offer") return;
    if (channel) await fill();
    await pc.setLocalDescription();
    send(pc.localDescription.toJSON());
  };

  const receive = async (message) => {
    switch (message.type) {
      case "welcome":
        config = { iceServers: message.iceServers };
        polite = message.polite;
        if (message.peer) meet(message.peer);
        break;
      case "peer-joined":
        if (message.peer.session !== peerSession) meet(message.peer);
        break;
      case "offer":
      case "answer":
        if (message.peerSession === session) await describe(message);
        break;
      case "ice":
        await pc.addIceCandidate(message.candidate).catch((error) => {
          if (!ignoreOffer) throw error;
        });
    }
  };

  await new Promise((resolve) => (socket.onopen = resolve));
  socket.send(JSON.stringify({ type: "join", session, name: "Foreign" }));
  // One after the other, as they were sent.
  let received = Promise.resolve();
  await new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      received = received.then(() => receive(message));
      if (message.type === "welcome") received.then(resolve);
    };
  });
};
