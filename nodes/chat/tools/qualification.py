"""How far a lead or deal is qualified, with what proves it and what to ask next."""

from collections.abc import Iterator
from typing import Final

from pydantic import Field

from core.fencing import harmless
from nodes.business_view.shape import ObjectKind
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation
from nodes.chat.tools.naming import record_named
from nodes.chat.tools.shape import Arguments, ChatTool, Found
from nodes.lead_qualification.asking import qualification_of
from nodes.lead_qualification.shape import Heard, LeadQualification, Reason
from nodes.lead_qualification.telling import bant_text, meddpicc_text
from nodes.showing import minute, shorten
from nodes.understanding.shape import Named

ASKED: Final = 3
"""Questions worth asking next that are told: nobody asks more in one call."""
LONGEST_QUOTE: Final = 240


class Qualify(Arguments):
    """Whom or what, by name."""

    name: str = Field(description="The contact, company or deal, by name.")


async def qualify(arguments: Qualify, context: ChatContext) -> Found:
    """BANT and MEDDPICC of one lead, with a score and its reasons."""
    return await qualification_told(record_named(arguments.name, await context.lexicon()), context)


async def qualification_told(named: Named, context: ChatContext) -> Found:
    """How far this record is qualified; the same words where there is nothing and where it may not be seen."""
    kind: ObjectKind = named.type  # type: ignore[assignment]
    found = await qualification_of(context.house, kind, named.id, context.scope)
    if found is None:
        return Found(said=f"No call that you may see says how far {harmless(named.name, 80)} is qualified as a lead.")
    sources = tuple(_cited(number, reason.proof) for number, reason in enumerate(found.reasons, 1))
    lines = tuple(_lines(found, named))
    said = "\n".join([f"{harmless(named.name, 80)}: {found.score} of 100 ({found.band}).", *lines])
    return Found(said=said, lines=lines, sources=sources, results=(named,))


def _lines(found: LeadQualification, named: Named) -> Iterator[str]:
    yield f"BANT: {bant_text(found)}"
    yield f"MEDDPICC: {meddpicc_text(found)}"
    for number, reason in enumerate(found.reasons, 1):
        yield f"- {_reason(reason)} [{number}]"
    questions = [standing.question for standing in found.missing if standing.question][:ASKED]
    if questions:
        yield f"Worth asking next: {' '.join(questions)}"


def _reason(reason: Reason) -> str:
    return f"{reason.text}: “{_quote(reason.proof)}”"


def _quote(proof: Heard) -> str:
    return shorten(harmless(proof.quote, LONGEST_QUOTE * 2), LONGEST_QUOTE)


def _cited(number: int, proof: Heard) -> Citation:
    return Citation(
        number=number,
        kind="call",
        id=f"call:{proof.call_id}",
        title=harmless(proof.call_name, 100),
        link=proof.link,
        quote=_quote(proof),
        speaker=harmless(proof.speaker or "", 60) or None,
        minute=minute(proof.start_ms),
        at=proof.at,
    )


QUALIFY = ChatTool("qualify", "Tells how far a lead or deal is qualified, and what is missing.", Qualify, qualify)
