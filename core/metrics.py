"""What is counted while Sophia works, in a registry of its own, shown at /metrics in Prometheus' text form."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

CONTENT_TYPE = CONTENT_TYPE_PLAIN_1_0_0

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""Bucket bounds: a quick step takes milliseconds, a call that waits for a rate limit minutes."""


Counts = Mapping[tuple[str, ...], int]
"""Counts by the values of a gauge's labels, in their order."""


class Metrics:
    """The figures of one process; the composition root makes it, and every name begins with `sophia_`.

    No label ever holds a person's, a call's or a record's name or id.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._webhooks = self._counter("webhooks", "Webhook deliveries by what became of them.", "result")
        self._accepted = self._counter("deliveries_accepted", "Calls taken in for the first time.", "source")
        self._repeated = self._counter("deliveries_repeated", "Known calls to be worked on once more.", "source")
        self._worked = self._counter("deliveries_worked", "Tries at a call by how they ended.", "result")
        self._call_seconds = self._histogram("call_seconds", "Seconds one try at a call took.")
        self._improved = self._counter("improvements", "Analyses made without the model, by what was done.", "result")
        self._stuck = self._counter("runs_stuck", "Tries that came no further, and what was found.", "found")
        self._drained = self._counter("runs_drained", "Tries that stopped between two steps for the process to end.")
        self._polls = self._counter("polls", "Looks for new calls by how they ended.", "result")
        self._hubspot_webhooks = self._counter(
            "hubspot_webhooks", "HubSpot's webhook deliveries by what became of them.", "result"
        )
        self._hubspot_events = self._counter(
            "hubspot_events", "Events HubSpot told of, by what became of them.", "result"
        )
        self._hubspot_polls = self._counter("hubspot_polls", "Looks for changed records by how they ended.", "result")
        self._changes = self._counter("hubspot_changes", "What came of changes made in HubSpot.", "outcome")
        self._jobs = self._histogram("job_seconds", "Seconds a job took.", "job", "result")
        self._model_requests = self._counter(
            "model_requests", "Requests to model servers by how they ended.", "server", "role", "result"
        )
        self._model_tokens = self._counter(
            "model_tokens", "Tokens by what they were; cached ones are part of the prompt's.", "server", "role", "kind"
        )
        self._model_cost = self._counter("model_cost", "What those tokens cost, by the owner's prices.", "role")
        self._model_seconds = self._histogram("model_seconds", "Seconds a model took to answer.", "server", "role")
        self._cache = self._counter("cache", "What the cache was asked for, and how it answered.", "kind", "result")
        self._agents = self._histogram("agent_seconds", "Seconds an agent took, by how it ended.", "agent", "status")
        self._answers = self._counter(
            "answers", "Answers by the kind of question, and whether a model was asked.", "kind", "model"
        )
        self._turn_seconds = self._histogram("turn_seconds", "Seconds a turn of a conversation took.")
        self._inbox = self._gauge("inbox", "Deliveries in the inbox by kind and status.", "kind", "status")
        self._effects = self._gauge("effects", "Effects in the ledger.", "service", "object", "status")
        self._approvals = self._gauge("approvals", "Approvals by status.", "status")
        self._calls = self._gauge("calls", "Known calls by status.", "status")
        self._analyses = self._gauge("analyses", "Stored analyses: whole, or still awaiting the model.", "standing")
        ProcessCollector(registry=self._registry)

    def webhook(self, result: str) -> None:
        """Counts a webhook: accepted, repeated, test, or the reason it was refused for."""
        self._webhooks.labels(result).inc()

    def accepted(self, source: str, count: int = 1) -> None:
        """Counts calls taken in for the first time, by the door they came through."""
        self._accepted.labels(source).inc(count)

    def repeated(self, source: str, count: int = 1) -> None:
        """Counts known calls that are to be worked on once more, by what asked for it."""
        self._repeated.labels(source).inc(count)

    def worked(self, result: str, seconds: float) -> None:
        """Counts one try at a call (done, waiting, parked) and how long it took in seconds."""
        self._worked.labels(result).inc()
        self._call_seconds.observe(seconds)

    def improved(self, result: str, count: int = 1) -> None:
        """Counts what became of rounds over analyses that wait for the model: queued calls, or model_away."""
        self._improved.labels(result).inc(count)

    def stuck(self, found: str) -> None:
        """Counts a try that came no further: no_progress (it was ended) or no_worker (it was taken over)."""
        self._stuck.labels(found).inc()

    def drained(self) -> None:
        """Counts a try that stopped between two steps because the process was told to end."""
        self._drained.inc()

    def looked(self, result: str) -> None:
        """Counts a look for new calls."""
        self._polls.labels(result).inc()

    def hubspot_webhook(self, result: str, events: Mapping[str, int] | None = None) -> None:
        """Counts a delivery of HubSpot's (accepted, known, foreign, or why it was refused) and its events likewise."""
        self._hubspot_webhooks.labels(result).inc()
        _add(self._hubspot_events, events or {})

    def hubspot_looked(self, result: str) -> None:
        """Counts a look for changed records in HubSpot."""
        self._hubspot_polls.labels(result).inc()

    def hubspot_changes(self, outcomes: Mapping[str, int]) -> None:
        """Counts what came of changes made in HubSpot, by the names of nodes.crm_changes.handled."""
        _add(self._changes, outcomes)

    def job(self, name: str, result: str, seconds: float) -> None:
        """Counts a job that ended (done, failed) and how long it took in seconds; `Jobs` takes this as `observe`."""
        self._jobs.labels(name, result).observe(seconds)

    def cache_asked(self, kind: str, result: str) -> None:
        """Counts an answer of the cache by the kind of value (crm, analysis, person, insight)."""
        self._cache.labels(kind, result).inc()

    def agent_asked(self, agent: str, status: str, seconds: float) -> None:
        """Counts something an agent was asked, by how it ended, with the seconds it took."""
        self._agents.labels(agent, status).observe(seconds)

    def answered(self, kind: str, *, by_model: bool, seconds: float) -> None:
        """Counts an answer by the kind of its question: the share without a model is what code can do alone."""
        self._answers.labels(kind, "yes" if by_model else "no").inc()
        self._turn_seconds.observe(seconds)

    def model(self, server: str, role: str, result: str, tokens: Mapping[str, int], seconds: float) -> None:
        """Counts a request to a model server (host and port): how it ended, tokens by kind, and seconds if answered."""
        self._model_requests.labels(server, role, result).inc()
        for kind, count in tokens.items():
            self._model_tokens.labels(server, role, kind).inc(count)
        if result == "answered":
            self._model_seconds.labels(server, role).observe(seconds)

    def model_cost(self, role: str, cost: float) -> None:
        """Adds what an answer cost, in the owner's currency."""
        self._model_cost.labels(role).inc(cost)

    def show(
        self, inbox: Counts, calls: Counts, effects: Counts, approvals: Counts, analyses: Counts | None = None
    ) -> bytes:
        """Everything in Prometheus' text form, with the tables' counts by their labels as they stand now."""
        _set(self._analyses, analyses or {})
        _set(self._inbox, inbox)
        _set(self._calls, calls)
        _set(self._effects, effects)
        _set(self._approvals, approvals)
        return generate_latest(self._registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"sophia_{name}", meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"sophia_{name}", meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"sophia_{name}", meaning, labels, buckets=SECONDS, registry=self._registry)


def _set(gauge: Gauge, counts: Counts) -> None:
    gauge.clear()
    for labels, count in counts.items():
        gauge.labels(*labels).set(count)


def _add(counter: Counter, counts: Mapping[str, int]) -> None:
    for label, count in counts.items():
        if count:
            counter.labels(label).inc(count)
