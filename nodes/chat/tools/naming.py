"""Finds the one record that some words name, among those the asker may see."""

from collections.abc import Collection, Sequence

from core.errors import ServiceError
from nodes.attached import Key, owner_audiences
from nodes.chat.context import ChatContext
from nodes.chat.tools.shape import Unclear
from nodes.querying.reading import Reader
from nodes.understanding.following.strangers import strangers
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Named
from nodes.understanding.slots.slots import UNKNOWN

RECORDS = ("deals", "companies", "contacts")
MOST_CHOICES = 6
WHICH = "Which deal, company or contact is it about?"


def record_named(words: str, lexicon: Lexicon, types: Collection[str] = RECORDS) -> Named:
    """The record that the words name; raises Unclear where they name none or several."""
    mentions = lexicon.names.mentions(words)
    fitting = [tuple(candidate for candidate in mention.candidates if candidate.type in types) for mention in mentions]
    best = next((candidates for candidates in fitting if candidates), ())
    if not best:
        raise Unclear(unknown(words, lexicon))
    sure = next((mention for mention in mentions if mention.candidates[:1] == best[:1]), None)
    if len(best) == 1 or (sure is not None and sure.is_sure):
        return best[0]
    raise Unclear(f"Which one do you mean by “{sure.text if sure else words}”?", best[:MOST_CHOICES])


async def still_offered(choices: Sequence[Named], context: ChatContext) -> tuple[Named, ...]:
    """Those of the choices that the asker may see by their owners of now: the names are some minutes old.

    While HubSpot is away, and nothing is kept of them, they are as the names have them.
    """
    keys: list[Key] = [(one.type, one.id) for one in choices if one.type in ("deals", "companies", "contacts")]
    try:
        audiences = await owner_audiences(Reader(context), keys)
    except ServiceError:
        return tuple(choices)
    hidden = {key for key, audience in audiences.items() if not context.scope.allows(audience)}
    return tuple(one for one in choices if (one.type, one.id) not in hidden)


def unknown(words: str, lexicon: Lexicon) -> str:
    """What to ask back where the words name no record: about the name in them that nobody has, where there is one."""
    found = list(strangers(words, lexicon.names.mentions(words)))
    if not found:
        return WHICH
    end = found[0].end
    for token in found[1:]:
        if words[end : token.start].strip():
            break
        end = token.end
    return UNKNOWN.format(words[found[0].start : end][:60])
