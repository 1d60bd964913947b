"""The fields that a query may name, for each object: HubSpot's properties, what a record belongs to, those of calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from core.analysis import SentimentLabel
from core.query import ASSOCIATED, OWNER, QueryObject
from memory.calls import CallStatus
from nodes.business_view.calls import SHOWN
from nodes.business_view.record import HIDDEN
from nodes.policy.offered import STAGE
from nodes.querying.values import Kind
from tools.hubspot.port import KEY_PROPERTY, FieldSpec, Pipeline

KIND_OF: Final[Mapping[str, Kind]] = {
    "number": "number",
    "date": "day",
    "datetime": "moment",
    "enumeration": "choice",
    "bool": "flag",
}
"""By HubSpot's type; all others are text."""

MONEY: Final = frozenset({"amount", "hs_acv", "hs_arr", "hs_mrr", "hs_tcv", "annualrevenue", "total_revenue"})
CURRENCY: Final = "deal_currency_code"

DATE_OF: Final[Mapping[QueryObject, str]] = {
    "deals": "closedate",
    "tasks": "hs_timestamp",
    "notes": "hs_timestamp",
    "contacts": "createdate",
    "companies": "createdate",
    "calls": "started",
}
"""The date by which they are grouped where the query names no other."""

NAMED: Final[Mapping[QueryObject, str]] = {
    "deals": "dealname",
    "tasks": "hs_task_subject",
    "notes": "hs_note_body",
    "contacts": "name",
    "companies": "name",
    "calls": "title",
}
"""The field that holds what people call them."""

OTHER_NAMES: Final[Mapping[tuple[QueryObject, str], str]] = {
    ("contacts", "hs_lastmodifieddate"): "lastmodifieddate",
    ("tasks", "createdate"): "hs_createdate",
    ("notes", "createdate"): "hs_createdate",
}
"""What HubSpot calls otherwise on one object than on all others."""

LABELS: Final[Mapping[str, str]] = {
    OWNER: "Owner",
    STAGE: "Stage",
    "dealname": "Deal",
    "closedate": "Close date",
    "hs_task_subject": "Task",
    "hs_task_status": "Status",
    "hs_task_priority": "Priority",
    "hs_note_body": "Note",
    "jobtitle": "Job title",
    "lifecyclestage": "Lifecycle stage",
}
"""Shorter than HubSpot's own."""

TIMES: Final[Mapping[QueryObject, str]] = {"tasks": "Due", "notes": "When"}
"""What `hs_timestamp` is."""

TASK_STATUS: Final = "hs_task_status"
ID: Final = "hs_object_id"
FINDING, FINDING_TEXT = "finding", "finding_text"


@dataclass(frozen=True)
class Field:
    """A field: `options` are what its values are called, in their order where they have one.

    One that is not `searched` is ours alone: HubSpot has no such property. One that is `kept_as_text` holds numbers all
    the same, which HubSpot would compare letter by letter.
    """

    name: str
    label: str
    kind: Kind
    options: Mapping[str, str] = field(default_factory=dict)
    is_ordered: bool = False
    searched: bool = True
    kept_as_text: bool = False

    @property
    def is_money(self) -> bool:
        return self.name in MONEY


Fields = Mapping[str, Field]


def property_name(object: QueryObject, name: str) -> str:
    """A field by the name that this object has for it."""
    return OTHER_NAMES.get((object, name), name)


def crm_fields(
    object: QueryObject, specs: Mapping[str, FieldSpec], owners: Mapping[str, str], pipelines: Iterable[Pipeline]
) -> Fields:
    """The fields of a CRM object; without what only tells of calls, which others than the record's readers may see."""
    unseen = HIDDEN if object == "contacts" else {KEY_PROPERTY}
    found = {name: _field(object, spec) for name, spec in specs.items() if name not in unseen}
    several = list(pipelines)
    named = {
        OWNER: Field(OWNER, LABELS[OWNER], "choice", owners),
        STAGE: Field(STAGE, LABELS[STAGE], "choice", stage_labels(several), is_ordered=True),
        "pipeline": Field("pipeline", "Pipeline", "choice", {one.id: one.label for one in several}, is_ordered=True),
    }
    own = {NAMED[object]: Field(NAMED[object], "Name", "text", searched=False)} if object == "contacts" else {}
    return found | {name: one for name, one in named.items() if name in specs} | own | _links(object)


def with_numbers(fields: Fields, names: Iterable[str]) -> Fields:
    """The same where those of these fields that are text hold numbers: a portal's own fields are often made so."""
    texts = (fields[name] for name in names if name in fields and fields[name].kind == "text")
    return {**fields, **{one.name: replace(one, kind="number", kept_as_text=True) for one in texts}}


def call_fields(owners: Mapping[str, str]) -> Fields:
    """The fields of calls."""
    kinds = {kind.value: kind.value.replace("_", " ").capitalize() for kind in SHOWN}
    fields = (
        Field("started", "When", "moment"),
        Field(ID, "Call", "text"),
        Field(OWNER, "Held by", "choice", owners),
        Field("title", "Call", "text"),
        Field("duration", "Length", "number"),
        Field("sentiment", "Sentiment", "choice", {label: label.capitalize() for label in get_args(SentimentLabel)}),
        Field("stage_direction", "Direction", "choice"),
        Field(FINDING, "Finding", "choice", kinds),
        Field(FINDING_TEXT, "What was said", "text"),
        Field("status", "Status", "choice", {status.value: status.value.capitalize() for status in CallStatus}),
    )
    return {one.name: one for one in fields} | _links("calls")


def stage_labels(pipelines: Iterable[Pipeline]) -> dict[str, str]:
    """What each stage is called; one whose name another pipeline has, too, with its pipeline."""
    several = [(pipeline, stage) for pipeline in pipelines for stage in pipeline.stages]
    names = [stage.label for _, stage in several]
    return {
        stage.id: stage.label if names.count(stage.label) == 1 else f"{stage.label} ({pipeline.label})"
        for pipeline, stage in several
    }


def _links(object: QueryObject) -> dict[str, Field]:
    own = {"deals": "deal", "companies": "company", "contacts": "contact"}.get(object)
    return {name: Field(name, name.capitalize(), "link") for name in ASSOCIATED if name != own}


def _field(object: QueryObject, spec: FieldSpec) -> Field:
    label = TIMES.get(object) if spec.name == "hs_timestamp" else LABELS.get(spec.name)
    return Field(spec.name, label or spec.label, KIND_OF.get(spec.type, "text"), dict(spec.options), bool(spec.options))
