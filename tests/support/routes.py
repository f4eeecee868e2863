"""The way that media takes, as a page's statistics tell it."""

from dataclasses import dataclass

from playwright.async_api import Page

# By this side's candidate of the pair that ICE selected; null without one.
ROUTE = """async () => {
  const pc = window.connections.findLast((pc) => pc.connectionState === "connected");
  if (!pc) return null;
  const reports = [...(await pc.getStats()).values()];
  const named = (id) => reports.find((report) => report.id === id);
  const pair = named(reports.find(({ type }) => type === "transport")?.selectedCandidatePairId)
    ?? reports.find(({ type, selected }) => type === "candidate-pair" && selected);
  if (!pair) return null;
  const local = named(pair.localCandidateId);
  const { candidateType, relayProtocol, protocol, address, port, relatedPort, url } = local;
  const relayed = candidateType === "relay";
  return {
    relay: relayed ? (relayProtocol ?? protocol) : "",
    candidate: [address, port, relatedPort ?? 0].join(" "),
    server: url ?? "",
    rtt: 1000 * (pair.currentRoundTripTime ?? 0),
  };
}"""


@dataclass(frozen=True)
class Route:
    relay: str
    """How the TURN server is reached, or "" if this side needs none."""
    candidate: str
    server: str
    """The TURN server's address, where the browser tells it."""
    rtt: float
    """Milliseconds, or 0 where it is not told."""


async def route(page: Page) -> Route:
    """Of a page that is connected."""
    return Route(**await page.evaluate(ROUTE))
