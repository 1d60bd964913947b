"""Questions about what was spoken of before: "the second one", "who owns it", "when did we last speak with them"."""

import re
from typing import Final

from core.query import OWNER, Filter, Query, QueryObject, Sort
from nodes.understanding.agents import CALLS, TALKING
from nodes.understanding.following.filling import PEOPLE, the_record
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.pointers import Pointer, blanked, pointer_in
from nodes.understanding.following.pointing import Pointed, pointed
from nodes.understanding.names.words import tokens
from nodes.understanding.shape import Named, Request
from nodes.understanding.slots.filler import FILLER
from nodes.understanding.slots.objects import asked_for
from nodes.understanding.slots.part import Text, pattern
from nodes.understanding.slots.records import FIELDS
from nodes.understanding.slots.slots import query_from

SHORT: Final = 12
"""Words of a question that asks for a field of a record; a longer one asks for more."""

POINTED: Final = "pointed at"
"""Of a doubt: the choice is what the words point at."""

_SPOKE: Final = pattern(r"spoke|spoken|speak|talk|talked|met|meet|called|on the phone|hear from|heard from|in touch")
_OF_TYPE: Final[tuple[tuple[QueryObject, re.Pattern[str]], ...]] = (
    ("deals", pattern(r"clos(?:e|es|ing|ed)|stage|amount|worth|won|lost|how big|how much|value|pipeline|"
        r"sign(?:ed|ing)?|forecast")),
    ("tasks", pattern(r"due|overdue|done|deadline|finished")),
    ("contacts", pattern(r"e-?mail(?: address)?|phone(?: number)?|job title|title|works? there")),
    ("companies", pattern(r"units|doors|industry|domain|website|based|city|headquarters")),
)  # fmt: skip
_OWNS: Final = pattern(r"own|owns|owner|owned|whose|responsible|in charge|looks after|handles?|rep")
_ASKS: Final = re.compile(
    r"^(?:and |so |ok |then |but )*(?:who|whose|what|when|where|which|how|is|are|was|were|does|did|do|has|"
    r"have|any|show|list|open|give|"
    r"tell me|pull up|get|let's see|see|find|read|can (?:i|you)|could you|about|on|the|that|this|number|no|"
    r"#|it|its|their|his|her|them|"
    r"deals|calls|tasks|contacts|notes|last|latest|next|more|details?)\b"
)
_READS: Final = pattern(
    r"summar\w+|recap|brief\w*|what (?:did|do|does|are|were)|said|say|happened|went|go|risks?|objections?|"
    r"why|concerns?|draft|prepare|prep|"
    r"tell me (?:more|about)|more about|qualif\w+|score|missing|next steps?"
)
_LISTS: Final = re.compile(
    r"(?:what|which|how many|list|show|any|are there|is there|do (?:they|we) have|give me|their|its)\b"
)
_IMPLIED: Final = re.compile(
    r"(?:what (?:are|were|was|is)|any|(?:are|were) there(?: any)?|list|what about)(?: the)?(?: main| "
    r"open)? (?:objections?|risks?|"
    r"next steps?|concerns?|questions?|takeaways?|competitors?|action items?|highlights|outcome|"
    r"sentiment)(?: raised| mentioned| left)?"
)
"""Questions that can only be about one call or record, and name none."""
_TASK_TO_DO: Final = re.compile(r"the (?:task|reminder|to-?do) to [a-z]")
_PRAISE: Final = re.compile(
    r"\b(?:great|thanks|thank you|perfect|awesome|cool|nice|good (?:job|work)|weather|going|joke|love|hate)\b"
)
_LAST: Final = pattern(r"last|latest|most recent(?:ly)?|when did")


def about_pointed(heard: Heard) -> Request | None:
    """The question with what it points at; None where it points at nothing."""
    pointer = pointer_in(heard.said, heard.mentions)
    if pointer is None and heard.request.kind == "agent" and _IMPLIED.fullmatch(heard.bare):
        pointer = Pointer("them", 0, 0)
    if pointer is None or pointer.kind == "set" or not _is_question(heard, pointer):
        return None
    wanted = wanted_types(heard.plain, pointer)
    found = pointed(heard, pointer, wanted)
    if found.named is None and pointer.types == ("calls",) and heard.request.kind == "agent":
        found = pointed(heard, Pointer("them", pointer.start, pointer.end))
    if pointer.weak and found.named is None:
        return None
    if found.named is None:
        return _open(heard, found)
    if found.named.type in PEOPLE:
        return _of_person(heard, pointer, found.named)
    return _asked(heard, pointer, found.named)


def about_chosen(heard: Heard, record: Named) -> Request:
    """The question that was open as to what it points at, with the record that was chosen then."""
    pointer = pointer_in(heard.said, heard.mentions)
    return _asked(heard, pointer, record) if pointer else heard.as_query(the_record(record), (record,))


def wanted_types(plain: str, pointer: Pointer) -> tuple[str, ...]:
    """What the words beside a pointer are about, the likeliest first."""
    rest = blanked(plain, pointer)
    if _SPOKE.search(rest):
        return ("companies", "contacts", "deals")
    found = [type for type, words in _OF_TYPE if words.search(rest)]
    if found:
        return tuple(found)
    if _OWNS.search(rest) and pointer.kind != "person":
        return () if pointer.kind == "them" else ("deals", "companies", "contacts", "tasks")
    return ()


def _open(heard: Heard, found: Pointed) -> Request | None:
    """The question which is meant; none where nothing was spoken of and the words say enough by themselves."""
    query = heard.request.query
    says_enough = query is None or query.filters or query.any_of or query.aggregate
    if found.doubt is None or (not heard.topics and says_enough):
        return None
    doubt = found.doubt.model_copy(update={"field": POINTED})
    return heard.request.model_copy(update={"query": None, "doubt": doubt, "follows_up": True})


def _is_question(heard: Heard, pointer: Pointer) -> bool:
    """Whether the words ask something, or are nothing but the pointer."""
    kind = heard.request.kind
    if kind == "action" or _PRAISE.search(heard.plain) or _TASK_TO_DO.match(heard.plain, pointer.start):
        return False
    if pointer.weak:
        rest = tokens(blanked(heard.said, pointer))
        return kind == "query" and all(token.plain in FILLER for token in rest)
    if kind in ("chat", "out_of_scope"):
        return pointer.kind == "place" or asks_field(heard)
    return kind in ("query", "agent") or _ASKS.match(heard.plain) is not None


def asks_field(heard: Heard) -> bool:
    """Whether the words are about what a record holds: its owner, amount, stage, address."""
    return _OWNS.search(heard.plain) is not None or any(words.search(heard.plain) for _, words in _OF_TYPE)


def _asked(heard: Heard, pointer: Pointer, record: Named) -> Request:
    """The question about this record: what belongs to it, what its fields hold, or what an agent can tell of it."""
    text = blanked(heard.said, pointer)
    object = _asked_of(heard, text, record)
    if object is not None and object != record.type and record.type in FIELDS:
        return heard.as_query(_belonging(text, object, record, heard), (record,))
    is_picked = heard.request.kind != "agent" or pointer.kind in ("place", "other")
    rest = [token.plain for token in tokens(text)]
    is_alone = object is None and is_picked and FILLER.issuperset(rest) and not _READS.search(heard.plain)
    if record.type == "calls" or (_wants_words(heard) and not is_alone):
        return _of_words(heard, record)
    return heard.as_query(the_record(record), (record,))


def _asked_of(heard: Heard, text: str, record: Named) -> QueryObject | None:
    """The kind of records that are asked for beside the one that is pointed at; None where none are."""
    noun = asked_for(Text.of(text))
    if noun is not None and (heard.request.kind != "agent" or _LISTS.match(heard.bare)):
        return noun.object
    if _wants_words(heard):
        return None
    if _SPOKE.search(heard.plain):
        return "calls"
    of_deal = dict(_OF_TYPE)["deals"]
    return "deals" if record.type in ("companies", "contacts") and of_deal.search(heard.plain) else None


def _of_person(heard: Heard, pointer: Pointer, person: Named) -> Request | None:
    """What a colleague owns: "and her deals?"; None for other questions about them."""
    text = blanked(heard.said, pointer)
    noun = asked_for(Text.of(text))
    if noun is None or heard.request.kind == "agent":
        return None
    read = query_from(text, noun.object, heard.lexicon).query
    owned = Filter(field=OWNER, op="eq", value=person.id, name=person.name)
    return heard.as_query(read.model_copy(update={"filters": (owned, *read.filters)}), (person,))


def _wants_words(heard: Heard) -> bool:
    """Whether an agent is to read or write something about the record."""
    is_field = asks_field(heard)
    if heard.request.kind == "agent":
        return not (is_field and len(heard.plain.split()) <= SHORT and not _READS.search(heard.plain))
    return _READS.search(heard.plain) is not None and not is_field and heard.request.kind != "query"


def _of_words(heard: Heard, record: Named) -> Request:
    """The agents' with the record named; a call is also asked for by its id, so that its rights are looked at."""
    agents = heard.request.agents if heard.request.kind == "agent" else ()
    query = the_record(record) if record.type == "calls" else None
    agents = tuple(agent for agent in agents if agent != TALKING)
    return heard.as_agents(agents or (CALLS,), (record,), heard.request.text, query)


def _belonging(text: str, object: QueryObject, record: Named, heard: Heard) -> Query:
    """The query for what belongs to a record: its calls, its open deals."""
    read = query_from(text, object, heard.lexicon).query
    filter = Filter(field=FIELDS[record.type], op="eq", value=record.id, name=record.name)
    query = read.model_copy(update={"filters": (filter, *read.filters)})
    if object == "calls" and query.aggregate is None and query.limit is None and _LAST.search(heard.plain):
        query = query.model_copy(update={"limit": 1})
    if object == "calls" and query.aggregate is None and _LAST.search(heard.plain):
        query = query.model_copy(update={"sort": (Sort(field="started", descending=True),)})
    return query
