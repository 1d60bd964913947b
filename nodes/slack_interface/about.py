"""What Sophia says of herself, of what she knows and who may see it: true for this installation and for who asks.

Code alone answers here, with a model and without one: nothing is said of rights, freshness or privacy that is not so.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from core.errors import ServiceError
from core.fencing import harmless
from core.query import Query, Sort
from core.scope import UNOWNED, said_by
from memory.cache.entry import CRM_LIFE
from nodes.chat.context import ChatContext
from nodes.querying.run import run_query
from nodes.querying.shape import QueryResult
from nodes.slack_interface.topics import Topic

Says = Callable[[ChatContext], Awaitable[str]]

BOT: Final = (
    "I am Sophia, a program and not a person. I answer your team's questions from HubSpot and its calls, and change "
    "what I am asked to; “what can you do?” shows examples."
)
APPROVALS: Final = (
    "Your company's policy says what I may write at once, what needs a person's word, and what I never write. What "
    "needs one gets a number, and who may decide says “approve 12” or “reject 12 because …”."
)
UNDO: Final = (
    "Say “undo that” after a change, or run the `sophia undo …` that I told you with it. I take it back unless "
    "somebody has changed the record since."
)
REMEMBERS: Final = (
    "I keep what we say here, for those who can see it here and nobody else. What you ask me to remember about a "
    "record I keep for everybody who may read that record."
)
SAFE: Final = (
    "I run where your company runs me, read HubSpot, Gong and Slack with its keys, and tell everybody only what they "
    "may read themselves. How long things are kept is set by whoever runs me."
)
LANGUAGES: Final = "I understand English; names may be in any language."
BANT: Final = (
    "BANT is what a lead is qualified by: budget, authority, need and timeline. Ask “what is missing to qualify …” "
    "with a name."
)
MEDDPICC: Final = (
    "MEDDPICC is what a larger deal is qualified by: metrics, economic buyer, decision criteria, decision process, "
    "paper process, identified pain, champion and competition."
)


async def said_about(topic: Topic, context: ChatContext) -> str:
    """The answer to a question about Sophia, in a sentence or two."""
    return WORDS[topic] if topic in WORDS else await ANSWERS[topic](context)


async def may_see(context: ChatContext) -> str:
    """Who they are to Sophia, and what they may read and change."""
    asker = context.asker
    name = harmless(asker.person.name, 80)
    if asker.role is None:
        return f"You are {name}, whom I do not know as one of the team, so I show you no records. Ask whoever runs me."
    here = "" if context.scope == asker.scope else " Here I show only what everybody who is here may read."
    changes = "change none" if asker.role == "viewer" else "have me change them as far as the policy allows"
    article = "an" if asker.role == "admin" else "a"
    return f"You are {name}, {article} {asker.role}: you may read {_reads(context)}, and {changes}.{here}"


def _reads(context: ChatContext) -> str:
    asker = context.asker
    if asker.reads_all:
        return "every record"
    if UNOWNED not in asker.scope.audiences:
        return "no records"
    unowned = "those that nobody owns"
    if not asker.owner_ids:
        return f"records: {unowned}"
    own = asker.colleague.owner_id if asker.colleague else None
    return f"{'your own records' if asker.owner_ids <= {own} else 'the records of your team'} and {unowned}"


async def seen_by(context: ChatContext) -> str:
    """Who sees what is asked and answered here."""
    if context.thread.place.audience == said_by(context.asker.known_by):
        return "Only you: I tell nobody what others ask me. Whoever runs me keeps the database in which it stands."
    return "Everybody who is here, now or later. I show here only what all of them may read, and tell it nowhere else."


async def freshness(context: ChatContext) -> str:
    """How old what is told may be."""
    minutes = int(CRM_LIFE.total_seconds() // 60)
    told = (
        f"HubSpot I read when you ask, or up to {minutes} minutes before; where it is away, I say how old my answer is."
    )
    calls = await _calls(context)
    if calls is None or not calls.results:
        return f"{told} {_known(calls)}"
    newest = calls.results[0]
    when = f" ({harmless(newest.detail, 40)})" if newest.detail else ""
    return f"{told} The newest call that I know and you may see is {harmless(newest.name, 80)}{when}."


async def knowledge(context: ChatContext) -> str:
    """Which data there are to answer from."""
    return (
        "I read HubSpot (deals, companies, contacts, tasks and notes) and your recorded calls, and keep what is said "
        f"to me; no e-mails, no calendars, not the web. {_known(await _calls(context))}"
    )


async def model(context: ChatContext) -> str:
    """Whether there is a language model, and what it does."""
    if context.writer is None:
        return (
            "I have no language model here: code answers from records and calls. Where a question needs one, I give "
            "you what I found as it stands."
        )
    return (
        "A language model that was set up here words some of my answers, and each of its sentences must have a source. "
        "Figures, names, dates and changes are made by code."
    )


async def _calls(context: ChatContext) -> QueryResult | None:
    """The calls that may be shown here, the newest first; None where they cannot be looked at now."""
    query = Query(object="calls", sort=(Sort(field="started", descending=True),), limit=1)
    try:
        return await run_query(query, context)
    except ServiceError:
        return None


def _known(calls: QueryResult | None) -> str:
    if calls is None:
        return "Which calls I know I cannot say just now."
    if not calls.total:
        return "No call has been analysed yet that you may see, so I cannot tell what was said on one."
    return f"I know {calls.total:,} call{'' if calls.total == 1 else 's'} that you may see."


WORDS: Final[Mapping[Topic, str]] = {
    "bot": BOT,
    "safe": SAFE,
    "approvals": APPROVALS,
    "undo": UNDO,
    "remembers": REMEMBERS,
    "languages": LANGUAGES,
    "bant": BANT,
    "meddpicc": MEDDPICC,
}
"""What is the same for everybody, everywhere."""

ANSWERS: Final[Mapping[Topic, Says]] = {
    "rights": may_see,
    "privacy": seen_by,
    "freshness": freshness,
    "model": model,
    "data": knowledge,
}
"""What depends on who asks, and on what there is."""
