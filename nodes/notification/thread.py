"""What stands in the thread of a message about a call: what is new since, and how much is only possible."""

from collections.abc import Iterator

from core.calls import Call
from nodes.notification.message import Message, finding_lines, section
from nodes.notification.news import News
from nodes.notification.story import Story
from nodes.sure import candidates
from tools.slack.text import FALLBACK_LIMIT, SECTION_LIMIT, fit_lines, one_line

TASK_LIMIT = 200


def news_message(call: Call, news: News) -> Message:
    """What a new analysis of the call brought that matters."""
    parts = [fit_lines(lines, SECTION_LIMIT) for lines in _parts(call, news)]
    return Message(text=one_line("The call was analysed anew.", FALLBACK_LIMIT), blocks=tuple(map(section, parts)))


def _parts(call: Call, news: News) -> Iterator[list[str]]:
    for heading, findings in (("Promised, as heard anew", news.promises), ("Grave risks, as heard anew", news.risks)):
        if findings:
            yield [f"*{heading}*", *(finding_lines(call, finding) for finding in findings)]
    if news.tasks:
        told = (f"• “{one_line(task.after or '', TASK_LIMIT)}” {why}" for task, why in news.tasks)
        yield ["*Tasks to look at*: they are left as they are; close what is not needed.", *told]


def possible_message(story: Story) -> Message:
    """How much was found that is not sure enough to act on, and how to see it."""
    count, look = len(candidates(story.analysis)), f"`sophia analyze {one_line(story.call.id)}`"
    if count == 0:
        text = f"Nothing is only possible in this call any more; {look} shows what was found."
    else:
        text = f"{count} more {_findings(count)} possible, not sure enough to act on: {look} shows them."
    return Message(text=text, blocks=(section(text),))


def _findings(count: int) -> str:
    return "finding is" if count == 1 else "findings are"
