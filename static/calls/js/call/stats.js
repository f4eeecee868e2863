/** What the statistics of a connection tell (webrtc-stats). */

/**
 * Whether the media goes through a TURN server; null when unknown.
 * @param {RTCStatsReport} stats
 */
export function isRelayed(stats) {
  /** @type {any[]} */
  const reports = [];
  stats.forEach((report) => reports.push(report));
  const transport = reports.find((report) => report.type === "transport");
  const pair = transport && stats.get(transport.selectedCandidatePairId);
  const local = pair && stats.get(pair.localCandidateId);
  const remote = pair && stats.get(pair.remoteCandidateId);
  if (!local || !remote) return null;
  return local.candidateType === "relay" || remote.candidateType === "relay";
}
