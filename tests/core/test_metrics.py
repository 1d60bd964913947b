"""What is counted is shown under the names that dashboards and alerts use."""

from collections.abc import Mapping
from types import MappingProxyType

from prometheus_client.parser import text_string_to_metric_families

from core.metrics import Metrics

Counts = Mapping[tuple[str, ...], int]
NONE: Counts = MappingProxyType({})


def _shown(
    metrics: Metrics,
    inbox: Counts = NONE,
    calls: Counts = NONE,
    effects: Counts = NONE,
    approvals: Counts = NONE,
) -> dict[str, float]:
    text = metrics.show(inbox, calls, effects, approvals).decode()
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
    metrics.stuck("no_worker")
    metrics.drained()
    shown = _shown(metrics)
    expected = {
        "sophia_webhooks_total['accepted']": 1,
        "sophia_webhooks_total['bad_signature']": 2,
        "sophia_deliveries_accepted_total['backfill']": 40,
        "sophia_deliveries_worked_total['done']": 1,
        "sophia_call_seconds_sum[]": 1.5,
        "sophia_polls_total['failed']": 1,
        "sophia_job_seconds_count['call', 'failed']": 1,
        "sophia_runs_stuck_total['no_worker']": 1,
        "sophia_runs_drained_total[]": 1,
    }
    assert {name: shown.get(name) for name in expected} == expected


def test_the_tables_are_shown_as_they_stand_now() -> None:
    metrics = Metrics()
    assert _shown(metrics, {("call", "waiting"): 3})["sophia_inbox['call', 'waiting']"] == 3
    effects: Counts = {("hubspot", "notes", "confirmed"): 7}
    later = _shown(metrics, {("undo", "parked"): 1}, {("analysed",): 15}, effects, {("waiting",): 2})
    assert later["sophia_calls['analysed']"] == 15
    assert later["sophia_inbox['parked', 'undo']"] == 1
    assert later["sophia_effects['confirmed', 'hubspot', 'notes']"] == 7
    assert later["sophia_approvals['waiting']"] == 2
    assert "sophia_inbox['call', 'waiting']" not in later


def test_the_memory_of_the_process_is_shown() -> None:
    assert _shown(Metrics())["process_resident_memory_bytes[]"] > 1_000_000


def test_two_sets_of_metrics_share_nothing() -> None:
    one, other = Metrics(), Metrics()
    one.looked("done")
    assert "sophia_polls_total['done']" not in _shown(other)
