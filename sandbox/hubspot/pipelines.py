"""The deal pipelines of the portal, with their stages' own ids."""

from collections.abc import Sequence

from sandbox.store import Document, Store

TABLE = "hubspot.pipelines"

DEFAULT = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified to buy", "0.4"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision maker bought-in", "0.8"),
    ("contractsent", "Contract sent", "0.9"),
    ("closedwon", "Closed won", "1.0"),
    ("closedlost", "Closed lost", "0.0"),
)
"""The pipeline of a portal that was given none: id, label and probability of each stage."""


class Pipelines:
    """Deal pipelines as the pipelines API returns them."""

    def __init__(self, store: Store, given: Sequence[Document], deals: Sequence[Document], now: str) -> None:
        """Takes the pipelines of the data; stages that only deals name are added, since their deals stand there."""
        pipelines = [_complete(pipeline, order, now) for order, pipeline in enumerate(given)] or [_default(now)]
        _add_unnamed(pipelines, deals, now)
        self._table = store.seeded(TABLE, {pipeline["id"]: pipeline for pipeline in pipelines})

    def all(self) -> list[Document]:
        """Every pipeline, in the order in which people see them."""
        return sorted(self._table.values(), key=lambda pipeline: int(pipeline["displayOrder"]))

    def get(self, id: str) -> Document | None:
        """The pipeline of this id, None when there is none."""
        return self._table.get(id)

    def ids(self) -> set[str]:
        """The ids of the pipelines."""
        return set(self._table)

    def stages(self, pipeline: str | None) -> set[str]:
        """The stage ids of a pipeline, or of all when it is not known."""
        known = self._table.get(pipeline or "")
        chosen = self.all() if known is None else [known]
        return {stage["id"] for each in chosen for stage in each["stages"]}


def _complete(given: Document, order: int, now: str) -> Document:
    """The pipeline with what the API always sends, where the data leave it out."""
    stages = [_complete_stage(stage, number, now) for number, stage in enumerate(given.get("stages") or [])]
    return {**_frame(given["id"], order, now), **_filled(given), "stages": stages}


def _complete_stage(given: Document, order: int, now: str) -> Document:
    metadata = {name: str(value).lower() for name, value in _filled(given.get("metadata") or {}).items()}
    probability = metadata.get("probability", "0.5")
    closed = str(float(probability) in (0.0, 1.0)).lower()
    metadata = {"isClosed": closed, "probability": probability, **metadata}
    return {**_frame(str(given.get("id")), order, now), **_filled(given), "metadata": metadata}


def _frame(id: str, order: int, now: str) -> Document:
    return {"id": id, "label": id, "displayOrder": order, "createdAt": now, "updatedAt": now, "archived": False}


def _filled(given: Document) -> Document:
    return {name: value for name, value in given.items() if value is not None}


def _default(now: str) -> Document:
    stages = [{"id": id, "label": label, "metadata": {"probability": value}} for id, label, value in DEFAULT]
    return _complete({"id": "default", "label": "Sales Pipeline", "stages": stages}, 0, now)


def _add_unnamed(pipelines: list[Document], deals: Sequence[Document], now: str) -> None:
    by_id = {pipeline["id"]: pipeline for pipeline in pipelines}
    for deal in deals:
        properties = deal.get("properties") or {}
        stage = properties.get("dealstage")
        pipeline = by_id.get(properties.get("pipeline") or pipelines[0]["id"])
        if stage and pipeline and stage not in {known["id"] for known in pipeline["stages"]}:
            pipeline["stages"].append(_complete_stage({"id": stage}, len(pipeline["stages"]), now))
