"""The dashboard for Grafana: whatever it asks for is there."""

import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from calls.operations import metrics
from tests.support.processes import ROOT

DASHBOARD = json.loads((ROOT / "deploy" / "grafana.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
NAME = re.compile(r"\b(?:duet|process)_[a-z_]+")


@pytest.fixture
def exposed(settings, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of all series that any configuration has, with those of histograms."""
    settings.REDIS_URLS = ["redis://localhost"]
    settings.CALL_LOG = True
    settings.ICE = type(settings.ICE)(provider=object())
    families = text_string_to_metric_families(metrics.exposition().decode())
    found = set()
    for family in families:
        found |= {sample.name for sample in family.samples} or {f"{family.name}_total"}
    return found


def test_every_metric_exists(exposed: set[str]):
    asked = {name for expression in EXPRESSIONS for name in NAME.findall(expression)}
    assert len(asked) > 15
    assert asked <= exposed


def test_every_metric_of_ours_is_shown_and_told(exposed: set[str]):
    """In a panel, and in the document."""
    shown = "\n".join(EXPRESSIONS)
    told = (ROOT / "docs" / "operations.md").read_text()
    for name in exposed:
        if name.startswith("duet_"):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            assert base in shown, name
            assert base in told, name


def test_it_asks_whatever_prometheus_there_is():
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {"${DS_PROMETHEUS}"}
    assert [panel["id"] for panel in DASHBOARD["panels"]] == [
        *range(1, len(DASHBOARD["panels"]) + 1)
    ]
    assert DASHBOARD["schemaVersion"] >= 39
