// Somebody who sits between two people: a connection to each, and what comes by one goes out by the
// other. Each was told by a server that lies that the other is who is here. The channel `call`
// is handed on as well (`handsOn`), or each is answered by an exchange of their own for the code.
async ({ paths, handsOn }) => {
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const bytes = (text) => text.match(/../g).map((pair) => parseInt(pair, 16));
  const digest = async (use, ...parts) => {
    const all = [...new TextEncoder().encode(`duet-sas-1/${use}`), ...parts.flatMap(bytes)];
    return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(all))));
  };
  const fingerprint = ({ sdp }) =>
    sdp
      .match(/^a=fingerprint:sha-256 (\S+)/m)[1]
      .replaceAll(":", "")
      .toLowerCase();

  const sides = [];
  const across = (side) => sides.find((other) => other !== side);

  const exchange = (side) => {
    const own = hex(crypto.getRandomValues(new Uint8Array(32)));
    let bound = false;
    return async ({ commitment }) => {
      if (commitment === undefined || bound) return;
      bound = true;
      const { localDescription, remoteDescription } = side.pc;
      const pair = [fingerprint(localDescription), fingerprint(remoteDescription)];
      side.tell({ type: "compare", commitment: await digest("commit", ...pair, own) });
      side.tell({ type: "compare", nonce: own });
    };
  };

  const meet = (side, peer, config) => {
    side.peer = peer.session;
    const pc = (side.pc = new RTCPeerConnection(config));
    for (const kind of ["audio", "video"]) pc.addTransceiver(kind);
    pc.ontrack = async ({ track }) => {
      // Chromium hands on the sound of what is played only.
      side.player ??= Object.assign(new Audio(), { muted: true, srcObject: new MediaStream() });
      side.player.srcObject.addTrack(track);
      side.player.play().catch(() => {});
      const senders = across(side).pc.getTransceivers();
      const kindOf = ({ receiver }) => receiver.track.kind;
      await senders.find((one) => kindOf(one) === track.kind).sender.replaceTrack(track);
    };
    side.carrier = pc.createDataChannel("call", { negotiated: true, id: 0 });
    side.waiting = [];
    side.tell = (message) => {
      const text = JSON.stringify(message);
      if (side.carrier.readyState === "open") side.carrier.send(text);
      else side.waiting.push(text);
    };
    side.carrier.onopen = () => {
      for (const text of side.waiting.splice(0)) side.carrier.send(text);
    };
    const compare = exchange(side);
    side.carrier.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      const isTheirs = ["state", "chat", "chat-heard"].includes(message.type);
      if (message.type === "compare" && !handsOn) compare(message);
      else if (message.type === "compare" || isTheirs) across(side).tell(message);
    };
    pc.onicecandidate = ({ candidate }) => side.send({ type: "ice", candidate });
    pc.onnegotiationneeded = async () => {
      await pc.setLocalDescription();
      side.send(pc.localDescription.toJSON());
    };
  };

  const begin = (path) => {
    const session = crypto.randomUUID();
    const socket = new WebSocket(location.origin.replace("http", "ws") + path, "call.v1");
    const side = {
      send: (message) =>
        socket.send(JSON.stringify({ ...message, session, peerSession: side.peer })),
    };
    sides.push(side);
    const receive = async (message) => {
      if (message.type === "welcome") side.welcome = message;
      if (side.pc?.signalingState === "closed") return;
      if (message.type === "renegotiate") side.pc.onnegotiationneeded();
      if (message.type === "answer") await side.pc.setRemoteDescription(message);
      if (message.type === "ice") await side.pc.addIceCandidate(message.candidate);
      if (message.type === "error") throw new Error(message.code);
    };
    socket.onopen = () => side.send({ type: "join", name: "Somebody" });
    return new Promise((resolve) => {
      let received = Promise.resolve();
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        received = received.then(() => receive(message));
        if (message.type === "welcome") received.then(() => resolve(side));
      };
    });
  };

  window.between = sides;
  for (const side of await Promise.all(paths.map(begin))) {
    meet(side, side.welcome.peer, { iceServers: side.welcome.iceServers });
  }
};
