"""Facts that a person stated about a contact, company or deal: said, corrected and withdrawn, with who said what when.

What stands is recalled; what was corrected or withdrawn never is, since nothing of it is searched any more. It can
still be read in the fact's history. A fact is for whoever may be shown the record it is about.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from core.analysis import Frozen
from core.clock import Clock
from core.errors import NotAllowed, NotUsable
from core.people import Person
from core.scope import Scope
from memory.call_memory import person_subject, readdress
from memory.ledger import effect_key
from memory.passages import cut
from memory.store.entries import Entries
from memory.store.entry import Entry, Kept, Kind, namespace_of

FACT = "fact:"
PAST = "fact-past:"
"""The source of what a fact was before: another one, so that no reader of neighbours comes upon it."""

SAID_IN = "said-in:"
"""How the subject begins under which the facts of a conversation are found."""

WHAT = "fact"

LONGEST = 2000
"""Characters of a fact: what is longer is a document."""


class Said(Frozen):
    """Where in a conversation something was stated: the turn, by the id that is its for good, and the thread."""

    turn: str
    thread: str

    @property
    def moment(self) -> str:
        """What stands in a fact's id for the time it was stated at."""
        return f"turn {self.turn}"


def fact_id(subject: str, text: str, by: Person, moment: str) -> str:
    """The id of a fact that is stated so; `moment` tells equal statements apart."""
    return effect_key(subject, _address(by.email) or by.name, moment, text)


class Fact(Frozen):
    """A fact in one version: `text` as `by` said it at `at`, about `subject` ("deal:301").

    `by` is a name, `email` the address of who said it, and `thread` the conversation in which they did, if any. A
    version that ended did so at `until`, in the way of `ended`, by the hand of `ended_by`; one that stands has none of
    the three.
    """

    id: str
    subject: str
    text: str
    by: str
    email: str | None = None
    at: datetime
    thread: str | None = None
    until: datetime | None = None
    ended: Literal["corrected", "withdrawn"] | None = None
    ended_by: str | None = None


class Facts:
    """States facts and takes them back, under `tenant`."""

    def __init__(self, entries: Entries, tenant: str, clock: Clock) -> None:
        self._entries = entries
        self._tenant = tenant
        self._clock = clock

    async def state(
        self, subject: str, text: str, by: Person, at: datetime, audience: str, said: Said | None = None
    ) -> str:
        """Keeps a fact and returns its id; the same statement again is the same fact, and revives nothing.

        `audience` is that of the record. What was `said` in a turn of a conversation is the same whenever that turn is
        carried out. Raises NotUsable for a text that is empty or too long.
        """
        usable = _usable(text)
        id = fact_id(subject, usable, by, said.moment if said else at.isoformat())
        if not await self._now(id) and not await self._past(id):
            thread = said.thread if said else None
            fact = Fact(id=id, subject=subject, text=usable, by=by.name, email=by.email, at=at, thread=thread)
            await self._entries.put([self._standing(fact, audience)])
        return id

    async def correct(self, id: str, text: str, by: Person) -> None:
        """Puts another text in a fact's place; raises NotAllowed for who never stated it and is no admin.

        So it does for a fact that does not stand. Correcting it to the text that it has changes nothing.
        """
        kept, fact = await self._changeable(id, by)
        said = _usable(text)
        if said == fact.text:
            return
        now = self._clock.now()
        new = fact.model_copy(update={"text": said, "by": by.name, "email": by.email, "at": now})
        before = _ended(fact, "corrected", by, now)
        await self._entries.put([self._standing(new, _audience(kept)), await self._gone(before, _audience(kept))])

    async def withdraw(self, id: str, by: Person) -> None:
        """Takes a fact back; raises NotAllowed as `correct` does."""
        kept, fact = await self._changeable(id, by)
        before = await self._gone(_ended(fact, "withdrawn", by, self._clock.now()), _audience(kept))
        await self._entries.put([before], remove=[(kept.namespace, kept.key)])

    async def history(self, id: str, scope: Scope) -> tuple[Fact, ...]:
        """Every version of a fact, the first one first; none for who may not be shown it, as for one never stated."""
        rows = [*await self._past(id), *await self._now(id)]
        return tuple(_fact(row) for row in rows if scope.allows(row.audience))

    async def about(self, subject: str) -> list[tuple[Fact, str]]:
        """What stands about a record, the latest first, each with its audience."""
        kept = [row for row in await self._of_subject(subject) if row.source.startswith(FACT)]
        told = [(_fact(row), _audience(row)) for row in kept]
        return sorted(told, key=lambda each: each[0].at, reverse=True)

    async def said_in(self, thread: str) -> list[Fact]:
        """What stands of all that was stated in a conversation, the latest first."""
        found = self._ours(await self._entries.of_subject(f"{SAID_IN}{thread}"))
        facts = [_fact(row) for row in found if row.source.startswith(FACT)]
        return sorted(facts, key=lambda fact: fact.at, reverse=True)

    async def readdress(self, subject: str, audience: str) -> int:
        """Gives the facts about a record, past ones too, to another audience; returns how many entries moved."""
        return await readdress(self._entries, await self._of_subject(subject), audience)

    async def forget_about(self, subjects: Sequence[str]) -> None:
        """Removes the facts about these records with all that they were before."""
        for subject in subjects:
            kept = await self._of_subject(subject)
            await self._entries.put([], remove=[(each.namespace, each.key) for each in kept])

    async def _changeable(self, id: str, by: Person) -> tuple[Kept, Fact]:
        authors = {_address(_fact(row).email) for row in [*await self._past(id), *await self._now(id)]}
        for kept in await self._now(id):
            if by.admin or (by.email is not None and _address(by.email) in authors):
                return kept, _fact(kept)
        raise NotAllowed(
            f"no fact {id[:8]} stands that you stated", next_step="Ask who stated it, or an admin, to change it."
        )

    async def _now(self, id: str) -> Sequence[Kept]:
        return self._ours(await self._entries.of_source(f"{FACT}{id}", "business_context"))

    async def _past(self, id: str) -> Sequence[Kept]:
        return self._ours(await self._entries.of_source(f"{PAST}{id}", "other"))

    async def _of_subject(self, subject: str) -> list[Kept]:
        """The entries of facts about a record: it is the subject of other things, too."""
        found = self._ours(await self._entries.of_subject(subject))
        return [each for each in found if each.value.get("what") == WHAT and each.value.get("subject") == subject]

    def _ours(self, found: Sequence[Kept]) -> list[Kept]:
        return [each for each in found if each.namespace[0] == self._tenant]

    def _standing(self, fact: Fact, audience: str) -> Entry:
        entry = self._entry(fact, audience, "business_context", f"{WHAT}/{fact.id}", f"{FACT}{fact.id}", 0)
        told = f"{fact.by}: {fact.text}"
        embedded = {f"text.{number}": part for number, part in enumerate(cut(told))}
        return entry.model_copy(update={"text": told, "embedded": embedded})

    async def _gone(self, fact: Fact, audience: str) -> Entry:
        """A version that ended: without a word that is searched."""
        number = len(await self._past(fact.id))
        ended = fact.until.isoformat() if fact.until else ""
        key = f"{WHAT}/{fact.id}/{number:05}/{effect_key(fact.text, ended)[:8]}"
        return self._entry(fact, audience, "other", key, f"{PAST}{fact.id}", number)

    def _entry(self, fact: Fact, audience: str, kind: Kind, key: str, source: str, position: int) -> Entry:
        people = {person_subject(fact.email)} if fact.email else set()
        places = {f"{SAID_IN}{fact.thread}"} if fact.thread else set()
        value: dict[str, Any] = fact.model_dump(mode="json")
        return Entry(
            namespace=namespace_of(self._tenant, audience, kind),
            key=key,
            value=value | {"what": WHAT, "speaker": fact.by},
            kind=kind,
            audience=audience,
            source=source,
            position=position,
            subjects=frozenset({fact.subject, f"{FACT}{fact.id}", *people, *places}),
            at=fact.at,
        )


def _fact(kept: Kept) -> Fact:
    return Fact.model_validate({name: kept.value[name] for name in Fact.model_fields if name in kept.value})


def _ended(fact: Fact, how: Literal["corrected", "withdrawn"], by: Person, now: datetime) -> Fact:
    return fact.model_copy(update={"until": now, "ended": how, "ended_by": by.name})


def _address(email: str | None) -> str | None:
    return email.strip().lower() if email else None


def _audience(kept: Kept) -> str:
    """The audience that a fact of ours always has."""
    return kept.audience or kept.namespace[1]


def _usable(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > LONGEST:
        raise NotUsable(
            "a fact is a sentence or two", next_step=f"Give a text that is not empty and has at most {LONGEST} letters."
        )
    return said
