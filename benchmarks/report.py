"""Writes what ``benchmarks.run`` found into docs/performance.md: tables, and curves as an SVG."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.ticker import StrMethodFormatter

from benchmarks.page import ALONE, CATEGORIES
from benchmarks.run import RESULTS
from tests.support.documents import machine, put
from tests.support.processes import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
CURVES = ROOT / "docs" / "images" / "scaling.svg"
PEERJS, TEXTBOOK, DAPHNE = "PeerJS server", "textbook consumer, daphne", "Duet, daphne"
# The memory of idle peers is what is added between these two steps: the first ones pay for
# what all of them share.
FROM, TO = 1, -1


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def measured_on(rounds: int) -> str:
    return f"Medians of {rounds} rounds in turns, on {machine()}."


def relay(found: dict[str, Any]) -> str:
    rounds = found.pop("rounds")
    rates = {name: steps[0]["messages_per_second"] for name, steps in found.items()}
    rows = [
        [
            name,
            f"{rate:,.0f}",
            f"{rate / rates[PEERJS]:.2f}",
            f"{rate / rates[TEXTBOOK]:.1f}",
            f"{found[name][0]['round_p50_ms']:.0f} ms",
        ]
        for name, rate in rates.items()
    ]
    head = ["server", "messages/s", "of PeerJS's", "times the textbook's", "a round, median"]
    return f"{measured_on(rounds)}\n\n{table(head, rows)}"


def crowd(found: dict[str, Any]) -> str:
    rounds = found.pop("rounds")
    idle = [f"{step['present']:,.0f}" for step in found[DAPHNE]]

    def rows(figure: str, form: str) -> Iterable[list[str]]:
        for name, steps in found.items():
            yield [name, *(form.format(step[figure]) for step in steps)]

    relative = [
        [
            name,
            *(f"{s['messages_per_second'] / steps[0]['messages_per_second']:.2f}" for s in steps),
        ]
        for name, steps in found.items()
    ]
    return "\n\n".join(
        [
            measured_on(rounds),
            table(["messages/s, relative to none idle", *idle], relative),
            table(["joins a second", *idle], rows("joins_per_second", "{:,.0f}")),
            table(["one join, median", *idle], rows("join_p50_ms", "{:.1f} ms")),
        ]
    )


def per_peer(steps: list[dict[str, float]]) -> float:
    """KiB that each idle peer adds."""
    added = steps[TO]["memory_kib"] - steps[FROM]["memory_kib"]
    return added / (steps[TO]["present"] - steps[FROM]["present"])


def memory(found: dict[str, Any]) -> str:
    rounds = found.pop("rounds")
    parts = {
        "the socket, in a server with no application": "accepted",
        "routing, origin check, consumer": "routed",
        "the call's own state before a join": "connected",
        "seat, mailbox, group": "joined",
    }
    weights = {name: per_peer(steps) for name, steps in found.items()}
    rows = []
    before = {"daphne": 0.0, "uvicorn": 0.0}
    for what, part in parts.items():
        now = {server: weights[f"{part}, {server}"] for server in before}
        rows.append([what, *(f"{now[server] - before[server]:.1f} KiB" for server in before)])
        before = now
    above = [
        f"{before[server] - weights[f'accepted, {server}']:.1f} KiB"
        for server in ("daphne", "uvicorn")
    ]
    rows.append(["**all of it above the socket**", *above])
    others = ", ".join(f"{name}: {weights[name]:.1f} KiB" for name in (TEXTBOOK, PEERJS))
    head = ["an idle peer", "daphne", "uvicorn"]
    return f"{measured_on(rounds)} For comparison, all in all: {others}.\n\n{table(head, rows)}"


def redis(found: dict[str, Any]) -> str:
    rows = [[what, f"{count:g}"] for what, count in found["commands"].items()]
    (far,) = found["far away"]
    sentence = (
        f"Between two processes with 20 ms to Redis and back, 50 pairs relay"
        f" {far['messages_per_second']:,.0f} messages a second while 15 sockets a second come and"
        f" go; messages lost: {far['lost']:.0f}."
    )
    return f"{table(['', 'Redis commands'], rows)}\n\n{sentence}"


def page(found: dict[str, Any]) -> str:
    steps = [
        [name, *(f"{values[which]:.0f} ms" for which in ("median", "worst", "median without"))]
        for name, values in found["calls"].items()
    ]
    weight = found["weight"]
    visits = [
        [
            visit,
            *(f"{values[name]:.0f}" for name in (ALONE, *CATEGORIES)),
            f"{values['total blocking time']:.0f} ms",
            *(f"{values[name] / 1000:.2f} s" for name in PAINTS),
            f"{values['layout shift']:.3f}",
        ]
        for visit, values in found["lighthouse"].items()
    ]
    lighthouse = ["Lighthouse", ALONE, *CATEGORIES, "blocking", *PAINTS, "layout shift"]
    sentence = (
        f"A first visit to a call page takes {weight['requests']} requests and"
        f" {weight['bytes'] / 1000:.0f} KB over the wire, and when it is there"
        f" {weight['later requests']} and {weight['later bytes'] / 1000:.0f} KB;"
        f" requests to anybody else: {weight['requests to others']}."
    )
    return "\n\n".join(
        [
            table(
                [
                    "after the second person's press",
                    "median of 20",
                    "worst",
                    "with no key in the link",
                ],
                steps,
            ),
            sentence,
            table(lighthouse, visits),
        ]
    )


PAINTS = ("first contentful paint", "largest contentful paint", "time to interactive")


def draw(crowds: dict[str, Any], memories: dict[str, Any]) -> None:
    """Throughput against idle peers, and memory against peers."""
    mpl.rcParams.update({"svg.hashsalt": "duet", "font.family": "sans-serif", "font.size": 9})
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, steps in crowds.items():
        rates = [step["messages_per_second"] for step in steps]
        left.plot([step["present"] for step in steps], rates, marker="o", label=name)
    left.set(yscale="log", title="Relayed messages a second, one core", xlabel="idle peers")
    left.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    kinds = {"joined, daphne": DAPHNE, "joined, uvicorn": "Duet, uvicorn"}
    kinds |= {TEXTBOOK: TEXTBOOK, PEERJS: PEERJS}
    colours = {line.get_label(): line.get_color() for line in left.get_lines()}
    for kind, name in kinds.items():
        steps = memories[kind]
        mebibytes = [step["memory_kib"] / 1024 for step in steps]
        right.plot([step["present"] for step in steps], mebibytes, marker="o", color=colours[name])
    right.set(title="Resident memory, MiB", xlabel="connected peers", ylim=(0, None))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(CURVES, metadata={"Date": None, "Creator": None})


def main() -> None:
    found = json.loads(RESULTS.read_text())
    curves = [
        {name: steps for name, steps in found[part].items() if name != "rounds"}
        for part in ("crowd", "memory")
        if part in found
    ]
    if len(curves) == 2:
        draw(*curves)
    # What was not measured here stays as it is.
    writers = {"relay": relay, "crowd": crowd, "memory": memory, "redis": redis, "page": page}
    for name in writers.keys() & found.keys():
        put(DOCUMENT, name, writers[name](found[name]))


if __name__ == "__main__":
    main()
