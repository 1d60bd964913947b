"""What somebody told once for good, as it is kept and as it guides queries that say nothing else of the same.

count          rows of a list                             "5"
owner          whose records, where nobody is named        "mine"
state          of deals, where no stage is named           "open"
pipeline       of deals, where none is named               its id
the pipeline   what "the pipeline" means                   its id
name           the kind of record that a bare name means   "companies", "deals", "contacts"
"""

import re
from collections.abc import Mapping
from typing import Final

from core.query import ASSOCIATED, OWNER, Filter, Query
from nodes.understanding.following.filling import filled
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Request
from nodes.understanding.slots.people import EVERYBODY
from nodes.understanding.slots.records import ID
from nodes.understanding.slots.stages import PIPELINE, STAGE, state_filter

COUNT: Final = "count"
MINE: Final = "owner"
STATE: Final = "state"
DEFAULT_PIPELINE: Final = "pipeline"
THE_PIPELINE: Final = "the pipeline"
NAME: Final = "name"
KEYS: Final = (COUNT, MINE, STATE, DEFAULT_PIPELINE, THE_PIPELINE, NAME)

IN_WORDS: Final = {
    COUNT: "how many rows I show", MINE: "only yours", STATE: "only open deals", DEFAULT_PIPELINE: "your pipeline",
    THE_PIPELINE: "what “the pipeline” means", NAME: "what a name alone means",
}  # fmt: skip
_ALL: Final = re.compile(r"\b(?:all|every|any|whole|entire|total|won|lost|closed|regardless)\b")
_OWNED: Final = ("deals", "tasks", "companies", "contacts", "calls", "notes")


def with_preferences(request: Request, preferences: Mapping[str, str], lexicon: Lexicon) -> Request:
    """The request as somebody wants theirs; what it says itself always goes before."""
    if not preferences:
        return request
    request = _of_kind(request, preferences.get(NAME))
    query = request.query
    if request.kind != "query" or query is None or request.doubt is not None:
        return request
    plain = request.text.lower()
    filters = [*_whose(query, preferences, plain, lexicon), *_which_deals(query, preferences, plain, lexicon)]
    wants_count = _wants_count(query, preferences) and not re.search(r"\b(?:all|every)\b", plain)
    limit = int(preferences[COUNT]) if wants_count else query.limit
    return request.model_copy(
        update={"query": query.model_copy(update={"filters": (*query.filters, *filters), "limit": limit})}
    )


def _of_kind(request: Request, kind: str | None) -> Request:
    """A name that several kinds of records bear, as that of the kind it is always meant for."""
    doubt = request.doubt
    if kind is None or doubt is None:
        return request
    fitting = [choice for choice in doubt.choices if choice.type == kind]
    is_mixed = len({choice.type for choice in doubt.choices}) > 1
    return filled(request, fitting, doubt.field) if len(fitting) == 1 and is_mixed else request


def _fields(query: Query) -> frozenset[str]:
    return frozenset(one.field for one in (*query.filters, *(each for group in query.any_of for each in group)))


def _wants_count(query: Query, preferences: Mapping[str, str]) -> bool:
    return COUNT in preferences and query.limit is None and query.aggregate is None


def _whose(query: Query, preferences: Mapping[str, str], plain: str, lexicon: Lexicon) -> list[Filter]:
    fields = _fields(query)
    is_told = (
        OWNER in fields
        or fields & {*ASSOCIATED, ID}
        or EVERYBODY.search(plain)
        or re.search(r"\b(?:all|who|whose|team)\b", plain)
    )
    by_owner = query.aggregate is not None and query.aggregate.by == "owner"
    if preferences.get(MINE) != "mine" or is_told or by_owner or lexicon.me is None or query.object not in _OWNED:
        return []
    return [Filter(field=OWNER, op="eq", value=lexicon.me, name=lexicon.me_name)]


def _which_deals(query: Query, preferences: Mapping[str, str], plain: str, lexicon: Lexicon) -> list[Filter]:
    fields = _fields(query)
    if query.object != "deals" or fields & {ID}:
        return []
    found: list[Filter] = []
    open_deals = state_filter("open", lexicon)
    if preferences.get(STATE) == "open" and STAGE not in fields and not _ALL.search(plain) and open_deals is not None:
        found.append(open_deals)
    by_word = preferences.get(THE_PIPELINE) if re.search(r"\bpipeline\b", plain) else None
    pipeline = by_word or preferences.get(DEFAULT_PIPELINE)
    known = next((one for one in lexicon.pipelines if one.id == pipeline), None)
    if known is not None and PIPELINE not in fields:
        found.append(Filter(field=PIPELINE, op="eq", value=known.id, name=known.label))
    return found
