import assert from "node:assert/strict";
import { test } from "node:test";

import { startingAt, withoutAddresses, withoutCandidates } from "../../static/calls/js/call/sdp.js";

const lines = (/** @type {string[]} */ ...all) => all.join("\r\n") + "\r\n";

const SOUND = lines("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2");

test("pictures begin at the rate that is known, in every codec", () => {
  const offered = lines(
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:98 VP9/90000",
    "a=fmtp:98 profile-id=0",
  );
  const begun = lines(
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98",
    "a=rtpmap:96 VP8/90000",
    "a=fmtp:96 x-google-start-bitrate=1000",
    "a=rtcp-fb:96 nack",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:98 VP9/90000",
    "a=fmtp:98 profile-id=0;x-google-start-bitrate=1000",
  );
  const data = lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:4");
  assert.equal(
    startingAt(SOUND + offered + offered + data, 1_000_000),
    SOUND + begun + begun + data,
  );
});

test("sound alone stays as it is", () => {
  assert.equal(startingAt(SOUND, 500_000), SOUND);
});

test("without addresses it is as if nothing had been gathered, and the same offer", () => {
  const [gathered, before] = [
    [
      ...["v=0", "o=- 1 2 IN IP4 127.0.0.1", "m=audio 50001 UDP/TLS/RTP/SAVPF 111"],
      ...["c=IN IP4 192.0.2.7", "a=rtcp:50002 IN IP4 192.0.2.7"],
      ...["a=candidate:1 1 udp 1 192.0.2.7 50001 typ host", "a=end-of-candidates"],
      ...["a=mid:0", "m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP6 2001:db8::7", "a=mid:1"],
    ],
    [
      ...["v=0", "o=- 1 2 IN IP4 127.0.0.1", "m=audio 9 UDP/TLS/RTP/SAVPF 111"],
      ...["c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"],
      ...["a=mid:0", "m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1"],
    ],
  ].map((lines) => lines.join("\r\n"));
  assert.equal(withoutAddresses(`${gathered}\r\n`), `${before}\r\n`);
  assert.equal(withoutAddresses(before), before);
  assert.equal(withoutCandidates(`${gathered}\r\n`), withoutCandidates(`${before}\r\n`));
});
