"""A house in which a person has left traces everywhere, each with a word that stands nowhere else."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from core.analysis import (
    CallAnalysis,
    Finding,
    Kind,
    MeddpiccField,
    Provenance,
    Qualification,
    Sentiment,
    StageDirection,
    TalkStatistics,
    Topic,
)
from core.calls import Call, CrmReference, Party, Sentence, Transcript, Turn
from core.clock import Clock
from core.people import Person
from core.scope import owned_by, said_at
from memory.approvals import Answer, Approval
from memory.business_context import KnownRecord
from memory.calls import CallStatus
from memory.checkpoints import Checkpoints
from memory.conversations import Turn as Said
from memory.crm_events import StoredEvent
from memory.database import Database
from memory.drift import Drift
from memory.forgetting.forgetting import Forgetting
from memory.ledger import Effect
from memory.records import Records
from memory.remembering import Memory
from memory.store.entries import Entries
from memory.store.entry import Entry

EMAIL = "zyra.quillon@brackle.example"
GIVEN, FAMILY = "Zyra", "Quillon"
NAME = f"{GIVEN} {FAMILY}"
CONTACT: Final = "509"
WORDS: Final = ("xylocanth", "brimblewort", "quexalite", "vorpaline", "grommish")
"""Words that only she uses: in a call, in a chat, in a fact, in a finding, in an answer to a request."""
PHONE: Final = "+41 555 0199"


def canaries() -> tuple[str, ...]:
    """All that must be nowhere any more."""
    return (EMAIL, GIVEN, FAMILY, PHONE, *WORDS)


AUDIENCE: Final = owned_by("77")
CHANNEL: Final = said_at("C1")
AT: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BOB = Person(name="Bob Marsh", email="bob@ours.example")


def her() -> Person:
    return Person(name=NAME, email=EMAIL)


@dataclass(frozen=True)
class House:
    """A database with its stores, its checkpoints and what forgets in them."""

    database: Database
    records: Records
    entries: Entries
    memory: Memory
    checkpoints: Checkpoints
    clock: Clock
    forgetting: Forgetting

    async def lived_in(self) -> None:
        """Leaves traces of her in every table, and of others beside them."""
        await self._calls()
        await self._written()
        await self._asked()
        await self._told()
        await self._conversations()
        await self._threads()

    async def _calls(self) -> None:
        for call, transcript, analysis in (call_with_her(), call_that_names_her(), call_of_others()):
            await self.records.calls.save(call, transcript)
            await self.records.calls.save_analysis(call.id, analysis)
            await self.records.calls.save_resolution(call.id, resolution(call.id))
            await self.records.calls.set_status(
                call.id, CallStatus.ANALYSED, f"asked by {NAME}" if call.id == "8" else None
            )
            await self.memory.calls.keep(call, transcript, analysis, AUDIENCE, frozenset({"deal:301"}))
            delivery, _ = await self.records.inbox.accept("call", call.id, {"told": [{"to": EMAIL}]}, "poll")
            await self.records.inbox.done(delivery.id)

    async def _written(self) -> None:
        body = {"properties": {"hs_note_body": f"<p>{NAME}: the <b>xylocanth</b> plan costs 40</p>"}}
        told = {"blocks": [{"type": "section", "text": "They want the xylocanth plan."}]}
        effects = [
            effect("note", action="create", object_type="notes", payload=body),
            effect("task", action="create", object_type="tasks", payload=body, asked_by=EMAIL),
            effect("card", service="slack", action="post", object_type="message", after="xylocanth plan", payload=told),
            effect("stage", object_id="301", field="dealstage", before="qualified", after="closedwon"),
            effect("person", action="create", object_type="contacts", payload={"properties": contact_properties()}),
            effect("other", call_id="9", object_id="301", field="amount", before="1", after="2"),
        ]
        await self.records.ledger.plan(effects)
        done = ("note", "card", "stage", "person", "other")
        await self.records.ledger.mark_sent(done)
        await self.records.ledger.confirm_many({key: f"remote-{key}" for key in done})
        drift = Drift(effect_key="stage", object_type="deals", object_id="301", field="next_step", found=f"ask {NAME}",
                      noticed_at=AT)  # fmt: skip
        await self.records.drifts.notice([drift])

    async def _asked(self) -> None:
        approvals = [
            approval("waits", quote="The xylocanth plan it is."),
            approval("answered", quote="We sign.", approvers=(EMAIL,)),
            approval("others", call_id="9", quote="We sign."),
        ]
        asked = {each.id: each for each in await self.records.approvals.request(approvals)}
        answer = Answer(decision="approve", reason="grommish", by=EMAIL, via="cli", at=AT, round=1)
        await self.records.approvals.answer("answered", asked["answered"].payload_hash, answer)

    async def _told(self) -> None:
        known = [("contacts", CONTACT, contact_properties()), ("deals", "301", {"dealname": "Brackle pilot"})]
        kept = [KnownRecord(object_type=type, object_id=id, name=None, properties=properties, read_at=AT)
                for type, id, properties in known]  # fmt: skip
        await self.records.business_context.keep(kept)
        events = [event("a", CONTACT, EMAIL), event("b", "510", "bob@ours.example")]
        await self.records.crm_events.accept(events)
        await self.records.cursors.set("last.asker", f"{NAME} <{EMAIL}>")

    async def _conversations(self) -> None:
        for number, (who, words) in enumerate(
            [
                (BOB, "What about the deal?"),
                (her(), "We keep the brimblewort clause."),
                (None, "Noted: it is kept."),
                (BOB, "And the amount?"),
                (BOB, f"Ask {NAME} then."),
                (BOB, "Fine by me."),
            ]
        ):
            said = Said(id=str(number), role="user" if who else "assistant", text=words, audience=CHANNEL, at=AT,
                        speaker=who.name if who else "Sophia", person=who.email if who else None)  # fmt: skip
            await self.memory.conversations.keep_turn("slack-1", said)
        facts = self.memory.facts
        own = await facts.state("deal:301", "They pay in quexalite.", her(), AT, AUDIENCE)
        await facts.correct(own, "They pay in quexalite coins.", her())
        await facts.state("deal:301", f"{NAME} decides.", BOB, AT, AUDIENCE)
        await facts.state("deal:301", "The renewal is in May.", BOB, AT, AUDIENCE)
        view = f"Deal Brackle pilot\nPeople: {NAME}, {PHONE}"
        await self.entries.put([of_view("deal:301", view), of_view("deal:302", "Deal of others")])

    async def _threads(self) -> None:
        await begin_thread(self.checkpoints, "chat:slack-1", [HumanMessage("the brimblewort clause", name=GIVEN)])
        await begin_thread(self.checkpoints, "chat:slack-2", [AIMessage(f"{NAME} decides")])
        await begin_thread(self.checkpoints, "chat:slack-3", [HumanMessage("a thread of others")])
        await begin_thread(self.checkpoints, "call:7", ["the xylocanth plan"])
        await begin_thread(self.checkpoints, "approval:answered", ["grommish"])
        await begin_thread(self.checkpoints, "approval:others", ["approve"])


def call_with_her() -> tuple[Call, Transcript, CallAnalysis]:
    """She is on it with Bob, who names her."""
    call = Call(
        id="7",
        title=f"Brackle and {NAME}",
        started=AT,
        primary_user_id="u2",
        parties=(
            Party(id="p1", name=NAME, email=EMAIL.title(), title="vorpaline buyer", speaker_id="s1",
                  affiliation="External", crm=(CrmReference(kind="contact", id=CONTACT),)),
            Party(id="p2", name="Bob Marsh", email="bob@ours.example", user_id="u2", speaker_id="s2",
                  affiliation="Internal"),
        ),
    )  # fmt: skip
    turns = (
        said("s2", f"Hello {GIVEN}, shall we talk about the pilot?"),
        said("s1", "Yes, the xylocanth plan costs us 40 a month.", "We decide in May."),
        said("s2", f"I will send {NAME} the offer, {GIVEN}.", "It is for the whole company."),
    )
    transcript = Transcript(call_id="7", turns=turns)
    analysis = found_in("7").model_copy(
        update={
            "summary": "The xylocanth plan costs 40 a month.",
            "summary_evidence": ((1, 0),),
            "topics": (Topic(name="xylocanth", start_ms=0, share=0.5, evidence=((1, 0),)),
                       Topic(name="pricing", start_ms=0, share=0.5, evidence=((1, 0), (2, 1)))),
            "items": (
                finding("They want the vorpaline plan", "Yes, the xylocanth plan costs us 40 a month.", NAME, (1, 0)),
                finding(f"Send {NAME} the offer", f"I will send {NAME} the offer, {GIVEN}.", "Bob Marsh", (2, 0),
                        owner="Bob Marsh"),
                finding("It is for all", "It is for the whole company.", "Bob Marsh", (2, 1), owner=NAME,
                        owner_email=EMAIL),
            ),
            "meddpicc": (Qualification(field=MeddpiccField.CHAMPION, text=f"{NAME} wants it", speaker=NAME,
                                       quote="We decide in May.", start_ms=0, evidence=((1, 1),), confidence=0.9),),
            "stage_direction": StageDirection(direction="advance", quote="We decide in May.", evidence=((1, 1),)),
            "statistics": TalkStatistics(talk_share={NAME: 0.5, "Bob Marsh": 0.5}, longest_monologue_speaker=NAME),
            "notes": (f"{NAME} spoke little.",),
        }
    )  # fmt: skip
    return call, transcript, analysis


def call_that_names_her() -> tuple[Call, Transcript, CallAnalysis]:
    """She was not there, but her address was told."""
    call = Call(id="8", title="Without her", started=AT, parties=(Party(name="Bob Marsh", speaker_id="s2"),))
    turns = (said("s2", f"Write to {EMAIL} today.", "The pilot goes on."),)
    return call, Transcript(call_id="8", turns=turns), found_in("8")


def call_of_others() -> tuple[Call, Transcript, CallAnalysis]:
    """Nothing to do with her."""
    call = Call(id="9", title="Others", started=AT, parties=(Party(name="Bob Marsh", speaker_id="s2"),))
    turns = (said("s2", "The pilot goes on for the whole company."),)
    return call, Transcript(call_id="9", turns=turns), found_in("9")


def said(speaker: str, *sentences: str) -> Turn:
    return Turn(speaker_id=speaker, sentences=tuple(Sentence(start_ms=0, end_ms=1, text=each) for each in sentences))


def found_in(call_id: str) -> CallAnalysis:
    return CallAnalysis(
        call_id=call_id,
        analyst="extractive",
        summary="The pilot goes on.",
        sentiment=Sentiment(label="positive", score=0.5),
        stage_direction=StageDirection(direction="hold"),
        statistics=TalkStatistics(),
        provenance=Provenance(analyst="extractive 1", input_hash="0" * 64),
    )


def finding(words: str, quote: str, speaker: str, at: tuple[int, int], **given: Any) -> Finding:
    return Finding(
        kind=Kind.NEXT_STEP, text=words, quote=quote, speaker=speaker, start_ms=0, evidence=(at,), confidence=1, **given
    )


def resolution(call_id: str) -> dict[str, Any]:
    contacts = [{"type": "contacts", "id": CONTACT, "properties": contact_properties()}] if call_id == "7" else []
    deal = {"type": "deals", "id": "301", "properties": {"dealname": "Brackle pilot"}}
    return {"deal": deal, "company": None, "contacts": contacts, "read_at": AT.isoformat()}


def contact_properties() -> dict[str, str | None]:
    return {"email": EMAIL, "firstname": GIVEN, "lastname": FAMILY, "phone": PHONE}


def effect(key: str, call_id: str = "7", **given: Any) -> Effect:
    values = {"agent": "crm_sync", "service": "hubspot", "action": "update", "object_type": "deals"}
    return Effect(key=key, call_id=call_id, **(values | given))


def approval(id: str, call_id: str = "7", **given: Any) -> Approval:
    values: dict[str, Any] = {"object_type": "deals", "object_id": "301", "field": "dealstage", "label": "Deal stage"}
    values |= {"proposed": "closedwon", "evidence": (), "reason": "The customer said that they sign."}
    return Approval(id=id, call_id=call_id, **(values | given))


def event(key: str, object_id: str, value: str) -> StoredEvent:
    return StoredEvent(
        key=key, kind="change", object_type="contacts", object_id=object_id, property="email", value=value,
        occurred_at=AT,
    )  # fmt: skip


def of_view(subject: str, words: str) -> Entry:
    return Entry(
        namespace=("main", AUDIENCE, "business_context"), key=f"view/{subject}", value={"text": words},
        kind="business_context", audience=AUDIENCE, source=f"view:{subject}", subjects=frozenset({subject}), text=words,
        embedded={"text": words},
    )  # fmt: skip


async def begin_thread(checkpoints: Checkpoints, thread: str, messages: list[Any]) -> None:
    """A thread of one checkpoint with these messages in its state."""
    config: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint() | {"channel_values": {"messages": messages}, "channel_versions": {"messages": "1"}}
    stored = await checkpoints.aput(config, checkpoint, {}, {"messages": "1"})
    await checkpoints.aput_writes(stored, [("messages", messages)], "task")


async def places_of(database: Database, wanted: tuple[str, ...]) -> set[tuple[str, str]]:
    """Table and word for each of the words that stands anywhere in the database, in whatever column."""
    return await database.read(lambda session: _places(session, wanted))


def _places(session: Session, wanted: tuple[str, ...]) -> set[tuple[str, str]]:
    connection = session.connection()
    found = set()
    for table in inspect(connection).get_table_names():
        for row in connection.execute(text(f'SELECT * FROM "{table}"')):
            stored = b"\n".join(_bytes(value) for value in row).decode("utf-8", "replace").casefold()
            found |= {(table, word) for word in wanted if word.casefold() in stored}
    return found


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
