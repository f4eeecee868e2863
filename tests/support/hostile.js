// A peer that plays by the rules until it is connected, and then does not: `hostile.mode` is the flood.
// By the channel it sends as much as goes, by the server as much as is relayed.
async ({ path, seed, lines = 0 }) => {
  // mulberry32, a generator of random numbers that is small and may be begun anew.
  const random = () => {
    let t = (seed += 0x6d2b79f5);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (n) => Math.floor(random() * n);
  const one = (...all) => all[int(all.length)];
  const text = (n) =>
    Array.from({ length: int(n) }, () =>
      String.fromCharCode(one(int(128), 0x202a + int(5), 0x400 + int(256))),
    ).join("");
  const id = () => `hostile-${int(2 ** 32)}`;
  const value = () => one(true, false, null, -1, 0, 1.5, 1e308, 2 ** 53, text(20), [], {}, [[[]]]);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  const counts = { opened: 0, closed: 0, signals: 0, messages: 0, joins: 0 };
  const hostile = (window.hostile = { mode: "", opened: 0, counts });
  const isByChannel = () => hostile.mode === "messages" || hostile.mode === "states";
  let socket, session, theirs, polite, pc, channel;
  let token = null;

  // -- By the rules -------------------------------------------------------------------------

  const send = (message) => {
    if (socket?.readyState === 1)
      socket.send(JSON.stringify({ ...message, session, peerSession: theirs }));
  };
  const ignore = () => {};

  const make = () => {
    pc?.close();
    pc = new RTCPeerConnection();
    pc.onicecandidate = ({ candidate }) => send({ type: "ice", candidate });
    const own = (channel = pc.createDataChannel("call", { negotiated: true, id: 0 }));
    addLines();
    own.onopen = () => {
      hostile.opened++;
      counts.opened++;
    };
    own.onclose = () => {
      counts.closed++;
      if (isByChannel()) join().catch(ignore);
    };
  };
  const addLines = () => {
    const { codecs } = RTCRtpReceiver.getCapabilities("video");
    const vp8 = codecs.filter(({ mimeType }) => mimeType === "video/VP8");
    for (let n = pc.getTransceivers().length; n < lines; n++) {
      const direction = n % 2 === 0 ? "recvonly" : "sendrecv";
      pc.addTransceiver("video", { direction }).setCodecPreferences(vp8);
    }
  };
  const offer = async () => {
    await pc.setLocalDescription();
    // As short as it can be: many lines are to go into one message.
    const sdp = pc.localDescription.sdp.replace(/^a=(extmap|rtcp-fb|ssrc|candidate).*\r\n/gm, "");
    send({ type: "offer", sdp });
  };
  const meet = async (peer, offered) => {
    theirs = peer.session;
    make();
    if (offered) await answer(offered.sdp);
    else if (!polite) await offer();
  };
  const answer = async (sdp) => {
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription();
    send({ type: "answer", sdp: pc.localDescription.sdp });
  };
  const receive = (message) => {
    switch (message.type) {
      case "welcome":
        ({ token, polite } = message);
        return message.peer && meet(message.peer);
      case "peer-joined":
        return meet(message.peer, message.offer);
      case "offer":
        return hostile.mode !== "signals" && answer(message.sdp);
      case "answer":
        return (
          pc.signalingState === "have-local-offer" &&
          pc.setRemoteDescription({ type: "answer", sdp: message.sdp })
        );
      case "ice":
        return pc?.addIceCandidate(message.candidate ?? undefined);
    }
  };
  /** Under another session, as after a reload. */
  const join = async () => {
    const old = socket;
    session = id();
    counts.joins++;
    socket = new WebSocket(location.origin.replace("http", "ws") + path, "call.v1");
    const own = socket;
    let turn = Promise.resolve();
    own.onmessage = ({ data }) => {
      turn = turn.then(() => own === socket && receive(JSON.parse(data))).catch(ignore);
    };
    own.onclose = () => own === socket && hostile.mode !== "gone" && join().catch(ignore);
    await new Promise((resolve) => (own.onopen = resolve));
    own.send(JSON.stringify({ type: "join", session, token, name: `\u202e${text(20)}` }));
    old?.close();
  };

  // -- What it says -------------------------------------------------------------------------

  const line = (mid) => {
    const kind = one("audio", "video", "video");
    const format = kind === "audio" ? "opus/48000/2" : "VP8/90000";
    return (
      `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:${mid}\r\n` +
      `a=${one("sendrecv", "recvonly", "sendonly", "inactive")}\r\na=rtcp-mux\r\n` +
      `a=rtpmap:96 ${format}\r\n`
    );
  };
  const described = (lines) => {
    const mids = [...Array(lines).keys()];
    return (
      `v=0\r\no=- ${int(2 ** 32)} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n` +
      `a=group:BUNDLE ${mids.join(" ")}\r\na=ice-ufrag:${id().slice(-4)}\r\n` +
      `a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 ${Array(32).fill("AA").join(":")}\r\n` +
      `a=setup:${one("actpass", "active")}\r\n${mids.map(line).join("")}`
    );
  };
  const mutated = () => {
    const lines = (pc?.localDescription?.sdp ?? described(4)).split("\r\n");
    for (let n = int(6); n > 0; n--)
      lines.splice(int(lines.length), int(3), one(text(30), line(int(9))));
    return lines.join("\r\n");
  };
  const sdp = () =>
    one(
      () => described(int(16)),
      () => described(int(16)),
      () => described(int(300)),
      mutated,
      mutated,
      () => text(15_000),
    )();
  const candidate = () =>
    one(
      () => ({
        candidate: `candidate:${int(99)} 1 udp ${int(2 ** 31)} 10.0.${int(256)}.${int(256)} ${int(65536)} typ host`,
        sdpMid: String(int(5)),
        sdpMLineIndex: int(5),
      }),
      () => ({ candidate: text(4000), sdpMid: "0" }),
      () => null,
    )();
  const signal = () =>
    one(
      () => ({ type: "offer", sdp: sdp() }),
      () => ({ type: "answer", sdp: sdp() }),
      () => ({ type: "ice", candidate: candidate() }),
      () => ({ type: "renegotiate", restart: one(true, false) }),
    )();
  let number = 0;
  const files = () =>
    Array.from({ length: int(30) }, () => ({
      id: int(2 ** 32),
      name: text(250),
      size: int(2 ** 40),
      waits: value(),
      digest: value(),
    }));
  const message = () =>
    one(
      () => ({
        type: "state",
        audio: one(true, false),
        video: one(true, false),
        screen: one(true, false),
        paused: value(),
        lowData: value(),
      }),
      () => ({ type: "chat", number: ++number, text: "https://duet.example/ ".repeat(180) }),
      () => ({ type: "chat", number: value(), text: one(text(4000), value()) }),
      () => ({ type: "chat-heard", number: one(int(9), value()) }),
      () => ({
        type: "health",
        audio: value(),
        lost: value(),
        video: value(),
        concealed: value(),
        buffer: value(),
        capacity: value(),
      }),
      () => ({ type: "probe", n: 1, part: one(1, 2), pad: text(2000) }),
      () => ({ type: "file-offers", files: one(files(), value()) }),
      () => ({ type: "file-need", id: value(), offset: value() }),
      () => ({ type: "file-end", id: value(), result: value() }),
      () => ({ type: one("going", "later", "toString", "__proto__"), x: value() }),
      () => ({ type: "state", pad: "x".repeat(int(200_000)) }),
    )();
  const texts = Array.from({ length: 500 }, () =>
    one(
      () => JSON.stringify(message()),
      () => JSON.stringify(message()),
      () => JSON.stringify(message()),
      () => text(1000),
      () => "[".repeat(60_000),
      () => new Uint8Array(int(60_000)),
    )(),
  );

  const say = (data) => {
    try {
      channel.send(data);
      counts.messages++;
    } catch {}
  };
  const hasRoom = () => channel?.readyState === "open" && channel.bufferedAmount < 2e6;
  // The server relays fifty messages a second, and counts a long one as several.
  let [left, at] = [100, performance.now()];
  const relay = (message) => {
    const now = performance.now();
    left = Math.min(100, left + (now - at) * 0.045);
    at = now;
    const cost = 1 + Math.floor(JSON.stringify(message).length / 4000);
    if (left < cost) return;
    left -= cost;
    counts.signals++;
    send(message);
  };
  const floods = {
    messages() {
      for (let n = 0; n < 200 && hasRoom(); n++) say(one(...texts));
      if (pc?.connectionState === "connected" && int(200) === 0) pc.createDataChannel(text(9));
    },
    states() {
      for (let n = 0; n < 1000 && hasRoom(); n++) {
        say(`{"type": "state", "audio": ${n % 2 === 0}, "video": ${n % 2 === 0}}`);
      }
    },
    signals() {
      relay(signal());
      for (let n = 0; n < 5 && hasRoom(); n++) {
        const { type, ...fields } = one(signal(), {
          ...signal(),
          sdp: value(),
          candidate: value(),
        });
        say(JSON.stringify({ type, ...fields, session, peerSession: theirs }));
      }
    },
  };

  // -- What it is asked for -----------------------------------------------------------------

  /** Offer so many lines for pictures, by the rules. @returns whether there is an answer */
  hostile.offer = async (count) => {
    lines = count;
    addLines();
    await offer();
    for (let n = 0; n < 30 && pc.signalingState !== "stable"; n++) await pause(100);
    return pc.signalingState === "stable";
  };
  hostile.leave = () => {
    hostile.mode = "gone";
    socket.send('{"type": "leave"}');
    pc?.close();
  };
  await join();
  (async () => {
    for (;;) {
      try {
        floods[hostile.mode]?.();
      } catch {}
      await pause(hostile.mode === "signals" ? 20 : 2);
    }
  })();
};
