"""What is counted is shown under the names that dashboards and alerts use."""

from collections.abc import Mapping
from types import MappingProxyType

from prometheus_client.parser import text_string_to_metric_families

from core.metrics import Metrics

Counts = Mapping[str, int]
NONE: Counts = MappingProxyType({})


def _shown(metrics: Metrics, inbox: Counts = NONE, calls: Counts = NONE) -> dict[str, float]:
    text = metrics.show(inbox, calls).decode()
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_everything_counted_is_shown() -> None:
    metrics = Metrics()
    metrics.webhook("accepted")
    metrics.webhook("bad_signature")
    metrics.webhook("bad_signature")
    metrics.accepted("backfill", 40)
    metrics.worked("done", 1.5)
    metrics.looked("failed")
    metrics.job("call", "failed", 0.2)
    shown = _shown(metrics)
    expected = {
        "sophia_webhooks_total['accepted']": 1,
        "sophia_webhooks_total['bad_signature']": 2,
        "sophia_deliveries_accepted_total['backfill']": 40,
        "sophia_deliveries_worked_total['done']": 1,
        "sophia_call_seconds_sum[]": 1.5,
        "sophia_polls_total['failed']": 1,
        "sophia_job_seconds_count['call', 'failed']": 1,
    }
    assert {name: shown.get(name) for name in expected} == expected


def test_the_tables_are_shown_as_they_stand_now() -> None:
    metrics = Metrics()
    assert _shown(metrics, {"waiting": 3}, {"analysed": 14})["sophia_inbox['waiting']"] == 3
    later = _shown(metrics, {"parked": 1}, {"analysed": 15})
    assert later["sophia_calls['analysed']"] == 15
    assert later["sophia_inbox['parked']"] == 1
    assert "sophia_inbox['waiting']" not in later


def test_the_memory_of_the_process_is_shown() -> None:
    assert _shown(Metrics())["process_resident_memory_bytes[]"] > 1_000_000


def test_two_sets_of_metrics_share_nothing() -> None:
    one, other = Metrics(), Metrics()
    one.looked("done")
    assert "sophia_polls_total['done']" not in _shown(other)
