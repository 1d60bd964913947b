"""The kinds of records the double knows, by HubSpot's names and ids for them, and how these may be associated."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectType:
    """One kind of record. `created` and `modified` name its time stamps, `shown` what is sent when nothing is asked.

    `required` must be set when one is made. `searched` is what the search's `query` looks into.
    """

    name: str
    singular: str
    id: str
    created: str
    modified: str
    shown: tuple[str, ...]
    required: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that are in every answer."""
        return (self.created, "hs_object_id", self.modified)


def _engagement(name: str, singular: str, id: str, required: tuple[str, ...], searched: tuple[str, ...]) -> ObjectType:
    return ObjectType(name, singular, id, "hs_createdate", "hs_lastmodifieddate", (), required, searched)


OBJECT_TYPES = {
    type.name: type
    for type in (
        ObjectType(
            name="contacts",
            singular="contact",
            id="0-1",
            created="createdate",
            modified="lastmodifieddate",
            shown=("email", "firstname", "lastname"),
            searched=("firstname", "lastname", "email", "phone", "company"),
            unique=("email",),
        ),
        ObjectType(
            name="companies",
            singular="company",
            id="0-2",
            created="createdate",
            modified="hs_lastmodifieddate",
            shown=("domain", "name"),
            searched=("website", "phone", "name", "domain"),
        ),
        ObjectType(
            name="deals",
            singular="deal",
            id="0-3",
            created="createdate",
            modified="hs_lastmodifieddate",
            shown=("amount", "closedate", "dealname", "dealstage", "pipeline"),
            searched=("dealname", "pipeline", "dealstage", "description", "dealtype"),
        ),
        _engagement("notes", "note", "0-46", ("hs_timestamp",), ("hs_note_body",)),
        _engagement("tasks", "task", "0-27", ("hs_timestamp",), ("hs_task_subject", "hs_task_body")),
        _engagement("calls", "call", "0-48", ("hs_timestamp",), ("hs_call_title", "hs_call_body")),
        _engagement("meetings", "meeting", "0-47", ("hs_timestamp",), ("hs_meeting_title", "hs_meeting_body")),
    )
}

_SPELLINGS = {spelling: type for type in OBJECT_TYPES.values() for spelling in (type.name, type.singular, type.id)}


def object_type(spelling: str) -> ObjectType | None:
    """The type under any of its spellings (contacts, contact, 0-1); None when there is none."""
    return _SPELLINGS.get(spelling.lower())


@dataclass(frozen=True)
class AssociationType:
    """One directed kind of association, HubSpot's own; `inverse` is the id of the same thing seen from the other end.

    `label` is set where a person sees one. `name` is what records of the v3 API call it.
    """

    id: int
    source: str
    target: str
    inverse: int
    label: str | None = None

    @property
    def name(self) -> str:
        plain = f"{OBJECT_TYPES[self.source].singular}_to_{OBJECT_TYPES[self.target].singular}"
        return plain if self.label or not _has_primary(self.source, self.target) else f"{plain}_unlabeled"


_PAIRS = (
    ("contacts", "companies", 279, 280, None),
    ("contacts", "companies", 1, 2, "Primary"),
    ("deals", "contacts", 3, 4, None),
    ("deals", "companies", 341, 342, None),
    ("deals", "companies", 5, 6, "Primary"),
    ("notes", "contacts", 202, 201, None),
    ("notes", "companies", 190, 189, None),
    ("notes", "deals", 214, 213, None),
    ("tasks", "contacts", 204, 203, None),
    ("tasks", "companies", 192, 191, None),
    ("tasks", "deals", 216, 215, None),
    ("calls", "contacts", 194, 193, None),
    ("calls", "companies", 182, 181, None),
    ("calls", "deals", 206, 205, None),
    ("meetings", "contacts", 200, 199, None),
    ("meetings", "companies", 188, 187, None),
    ("meetings", "deals", 212, 211, None),
)
"""From, to, the id in that direction, the id in the other, and the label (on both ends)."""

PRIMARIES = {frozenset({"contacts", "companies"}), frozenset({"deals", "companies"})}
"""Pairs in which one company can be the primary one."""

ASSOCIATION_TYPES = {
    type.id: type
    for source, target, there, back, label in _PAIRS
    for type in (
        AssociationType(there, source, target, back, label),
        AssociationType(back, target, source, there, label),
    )
}


def association_types(source: str, target: str) -> list[AssociationType]:
    """The kinds of association from one type to another; the plain one, which `default` makes, comes first."""
    return [type for type in ASSOCIATION_TYPES.values() if (type.source, type.target) == (source, target)]


def _has_primary(source: str, target: str) -> bool:
    return frozenset({source, target}) in PRIMARIES
