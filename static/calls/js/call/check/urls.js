/** The addresses of STUN and TURN servers (RFC 7064, RFC 7065), one by one. Pure. */

/** @typedef {{ way: string, port: string, server: RTCIceServer }} Relay one way to a relay */

/** @param {RTCIceServer[]} servers @returns {RTCIceServer[]} each with one address */
const single = (servers) =>
  servers.flatMap((server) => [server.urls].flat().map((urls) => ({ ...server, urls })));

/** Those that are nothing but STUN. @param {RTCIceServer[]} servers */
export const stunOf = (servers) =>
  single(servers).filter(({ urls }) => /^stuns?:/i.test(String(urls)));

/** @param {RTCIceServer[]} servers @returns {Relay[]} */
export const relaysOf = (servers) =>
  single(servers).flatMap((server) => {
    const found = /^(turns?):(?:\[[^\]]*\]|[^:?]*)(?::(\d+))?(?:\?transport=(\w+))?$/i.exec(
      String(server.urls),
    );
    if (found === null) return [];
    const [, scheme, port, transport] = found;
    const safe = scheme.toLowerCase() === "turns";
    return [{ way: wayOf(safe, transport), port: port ?? (safe ? "5349" : "3478"), server }];
  });

/** @param {boolean} safe @param {string} [transport] */
function wayOf(safe, transport = safe ? "tcp" : "udp") {
  if (transport.toLowerCase() === "tcp") return safe ? "TLS" : "TCP";
  return safe ? "DTLS" : "UDP";
}
