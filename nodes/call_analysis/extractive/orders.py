"""Sentences that read like orders to software: said in jest, read out from a message, or meant to mislead.

They are data like everything else in a transcript and change nothing; but they would be odd as findings too, so no
finding rests on them. Who talks to a notetaker or dictates to a CRM is not talking to the other side.
"""

import re

from nodes.call_analysis.extractive.dialogue import Line

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


def is_order(line: Line) -> bool:
    """Whether the sentence is spoken to a machine rather than to the people on the call."""
    return bool(_ORDERS.search(line.plain))
