"""What this process has counted, and how it is now, as Prometheus asks for it.

One process, one target: nothing is added up over processes here. Labels are closed sets, and
nothing of a room, a person or an address is one.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, get_args

from django.conf import settings
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from calls import protocol, redis_client, worker
from calls.drain import drain
from calls.ice.provider import supply
from calls.operations.call_log import call_log
from calls.rooms.seats import Seat

# One message of a kind in so many has its way through the server measured.
MEASURED = 16
RELAY_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
# From the press of the button to the media, as people feel it.
MEDIA_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30)

disable_created_metrics()  # type: ignore[no-untyped-call]


class Place(Protocol):
    """What one socket knows of its room."""

    seat: Seat | None
    peer: Seat | None


class Metrics(Collector):
    """The process's. What happens often is a plain number, made a metric when it is asked for."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.messages: dict[type, int] = dict.fromkeys(get_args(protocol.ClientMessage), 0)
        """How many were received, by kind."""
        self.places: set[Place] = set()
        """Of every open socket."""
        self.joins = Counter(
            "duet_joins", "Joins without a seat token", ["outcome"], registry=registry
        )
        self.resumes = Counter(
            "duet_resumes", "Joins with a seat token", ["outcome"], registry=registry
        )
        self.refusals = Counter(
            "duet_refusals", "Sockets closed with an error", ["code"], registry=registry
        )
        self.begun = Counter(
            "duet_calls_begun", "Times that somebody new met somebody", registry=registry
        )
        self.relay = Histogram(
            "duet_relay_seconds",
            f"From one client's socket to the other's, of one message in {MEASURED}",
            buckets=RELAY_BUCKETS,
            registry=registry,
        )
        self.media = Histogram(
            "duet_media_connect_seconds",
            "From the join to the media, as the pages report it",
            ["path"],
            buckets=MEDIA_BUCKETS,
            registry=registry,
        )
        self.media_failures = Counter(
            "duet_media_failures", "Times that a page found no path", registry=registry
        )
        self.restarts = Counter(
            "duet_ice_restarts",
            "Times that new ICE paths were sought",
            registry=registry,
        )
        # So that they can be seen to grow from the first on.
        for seated in (self.joins, self.resumes):
            seated.labels("seated")
        for path in ("direct", "relay"):
            self.media.labels(path)
        registry.register(self)
        ProcessCollector(registry=registry)

    def collect(self) -> Iterator[Metric]:
        """How it is now."""
        seated = [place for place in self.places if place.seat is not None]
        # Of two seats one is polite: so whoever holds the other counts the call.
        calls = [place for place in seated if place.seat and not place.seat.polite and place.peer]
        yield _info()
        yield _gauge("duet_sockets", "Open WebSockets", len(self.places))
        yield _gauge("duet_seats", "Seats held by these sockets", len(seated))
        yield _gauge("duet_calls", "Calls, each counted where its second person is", len(calls))
        yield _gauge("duet_draining", "1 while the process is about to end", drain.is_on)
        messages = {_tag(kind): count for kind, count in self.messages.items()}
        yield _counter("duet_messages", "Messages from clients", "type", messages)
        if settings.REDIS_URLS:
            yield from _redis()
        if settings.CALL_LOG:
            dropped = call_log.dropped
            yield CounterMetricFamily("duet_call_log_dropped", "Entries that were lost", dropped)
        if settings.ICE.provider is not None:
            yield from _provider()


def _info() -> Metric:
    labels = {"revision": settings.REVISION, "worker": str(worker.number())}
    info = GaugeMetricFamily("duet_build_info", "What runs", labels=list(labels))
    info.add_metric(list(labels.values()), 1)
    return info


def _redis() -> Iterable[Metric]:
    health = redis_client.health
    yield _gauge("duet_redis_up", "0 while a Redis is out of reach", not health.away)
    errors = CounterMetricFamily("duet_redis_errors", "Commands that failed", health.errors)
    yield errors


def _provider() -> Iterable[Metric]:
    requests, expires = supply.figures()
    yield _counter("duet_turn_api_requests", "Requests for TURN credentials", "outcome", requests)
    yield _gauge(
        "duet_turn_credentials_expiry_timestamp_seconds",
        "Until when the TURN credentials at hand are valid, Unix time; 0 without any",
        expires,
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, float(value))


def _counter(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _tag(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


metrics = Metrics()


def exposition() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(metrics.registry)
