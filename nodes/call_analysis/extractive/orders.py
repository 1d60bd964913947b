"""Sentences that read like orders to software: said in jest, read out from a message, or meant to mislead.

They are data like everything else in a transcript and change nothing; but they would be odd as findings too, so no
other finding rests on them: who talks to a notetaker or dictates to a CRM is not talking to the other side. Those that
tell software to do something are reported as what they are, a risk that a person should know of.
"""

import re
from collections.abc import Iterator

from core.analysis import Finding, Kind
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.wording import shortened

INSTRUCTION = "Instruction to software in call"

_ORDERS = re.compile(
    r" (?:(?:ignore|disregard|forget|override) (?:me|(?:all |any |every )?(?:of )?(?:the |your |my |"
    r"these )?(?:previous|prior|earlier|above|other|existing)? ?(?:instructions?|rules?|prompts?|guidelines?|"
    r"directions?|everything))|(?:mark|set|move|flag|update|change|log|record|close) (?:this|the|it|"
    r"that)(?: \w+){0,3} (?:as |to )?(?:closed won|closed-won|closed lost|won|lost|high priority|approved)|"
    r"closed won|closed-won|system prompt|developer mode|you are now|(?:dear|hey|hi|hello|okay|note to|attention|"
    r"listen) (?:the )?(?:robot|bot|ai|a.i|assistant|notetaker|note taker|machine|computer|model|copilot|"
    r"transcriber|crm|chatbot)|^ ?(?:robot|bot|ai|assistant|notetaker|siri|alexa)|(?:me|that|this) (?:robot|bot)|"
    r"(?:e-mail|email|send|forward|export|upload|delete|wipe) (?:all|every|the)(?: \w+){0,4} (?:to the address|"
    r"to this address|below|database|records|contacts|ledger export)|approve (?:this|the|all|"
    r"any)(?: \w+){0,2} (?:discount|refund|invoice|request)s?(?: automatically)?|as an? (?:ai|language model|"
    r"assistant)|(?:write|type|put) down that) "
)

_MACHINE = (
    r"(?:robot|bot|ai|a\.i|assistant|notetaker|note taker|note-taking \w+|computer|copilot|transcriber|crm|chatbot)"
)
_IMPERATIVE = (
    r"(?:ignore|disregard|forget|override|mark|set|move|flag|update|change|log|record|close|write|put|add|send|email|"
    r"e-mail|forward|export|upload|delete|wipe|approve|apply|note|tell|give|say|create|cancel|remove)"
)
_INSTRUCTIONS = re.compile(
    rf" (?:{_MACHINE},? (?:\w+ ){{0,5}}{_IMPERATIVE} "
    r"(?:that|this|the|it|all|any|every|whatever|my|our|down|me|a|him|her)|"
    r"(?:ignore|disregard|forget|override) (?:all |any |every )?(?:of )?(?:the |your |my |these )?(?:previous|prior|"
    r"earlier|above) ?(?:instructions?|rules?|prompts?|guidelines?|directions?)?|system prompt|developer mode|"
    r"(?:mark|set|move|update|change|record|close) (?:this|the|it|that)(?: \w+){0,3} (?:as |to )?(?:closed won|"
    r"closed-won|closed lost|high priority|approved|satisfied)|approve (?:this|the|all|any)(?: \w+){0,2} "
    r"(?:discount|refund|invoice|request)s?(?: automatically)?) "
)


def orders_of(dialogue: Dialogue) -> Iterator[Finding]:
    """The sentences that tell software to do something, as risks that nothing but a warning follows from."""
    for line in dialogue.lines:
        if _INSTRUCTIONS.search(line.plain):
            yield Finding(
                kind=Kind.RISK,
                text=shortened(f"{INSTRUCTION}: “{line.text}”"),
                quote=line.text,
                speaker=line.speaker,
                start_ms=line.start_ms,
                evidence=(line.ref,),
                confidence=0.9,
                severity="low",
                order=True,
            )


def is_order(line: Line) -> bool:
    """Whether the sentence is spoken to a machine rather than to the people on the call."""
    return bool(_ORDERS.search(line.plain) or _INSTRUCTIONS.search(line.plain))
