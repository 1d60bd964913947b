"""What recall gives: passages with who said them, when and where, and what stands around them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import Field

from core.analysis import Frozen
from core.places import minute
from memory.store.entry import Kept, Kind

T = TypeVar("T")


class Passage(Frozen):
    """Something remembered that answers a question.

    `text` is what was said there, `before` and `after` what stands around it, in order. `start_ms` is its place in a
    call, `link` Gong's page of it, `quote` the sentence that a finding rests on and `finding` which sort it is, such as
    "next_step" or "economic_buyer". `candidate` is a finding that is not sure, `withdrawn` one that was taken back in
    the same call: whoever shows it must say so.
    The better the answer, the higher the `score`; it is above 0, and 1 for what leads every search and was said just
    now.
    """

    item_id: int
    kind: Kind
    source: str
    text: str
    score: float
    subjects: frozenset[str] = frozenset()
    at: datetime | None = None
    speaker: str | None = None
    start_ms: int | None = None
    link: str | None = None
    quote: str | None = None
    finding: str | None = None
    candidate: bool = False
    withdrawn: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def minute(self) -> str | None:
        """Its place in a call as a player shows it, `3:05`."""
        return None if self.start_ms is None else minute(self.start_ms)


class Recalled(Frozen):
    """The passages, best first; `degraded` says in a sentence what could not be searched, None when all was.

    `remark` says it to who asked, with what to do, and is None where most was searched by meaning.
    """

    passages: tuple[Passage, ...] = ()
    degraded: str | None = None
    remark: str | None = Field(default=None, exclude=True)


def passage_of(kept: Kept, score: float, *, before: Sequence[Kept] = (), after: Sequence[Kept] = ()) -> Passage:
    """The passage that a row holds; whatever its value lacks, or has in another type, is left out."""
    value = kept.value
    return Passage(
        item_id=kept.id,
        kind=kept.kind,
        source=kept.source,
        text=text_of(kept),
        score=score,
        subjects=kept.subjects,
        at=kept.at,
        speaker=_given(value, "speaker", str),
        start_ms=_given(value, "start_ms", int),
        link=_given(value, "link", str),
        quote=_given(value, "quote", str),
        **_of_finding(value) if kept.kind == "call_findings" else {},
        before=tuple(text_of(each) for each in before),
        after=tuple(text_of(each) for each in after),
    )


def _of_finding(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "finding": _given(value, "field", str) or _given(value, "kind", str),
        "candidate": value.get("candidate") is True,
        "withdrawn": value.get("withdrawn") is True,
    }


def text_of(kept: Kept) -> str:
    """What was said there itself; the row's own text has its neighbours' words, too."""
    return _given(kept.value, "text", str) or kept.text or ""


def _given(value: dict[str, Any], key: str, kind: type[T]) -> T | None:
    found = value.get(key)
    return found if isinstance(found, kind) and not isinstance(found, bool) else None
