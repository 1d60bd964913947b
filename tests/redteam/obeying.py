"""A model that obeys whoever wrote its prompt: it looks for an order there, and does what the attacker wants with it.

It is the worst there could be: no text persuades it better than the attacker's, and it knows by heart what each order
means. So what comes of its answers shows what code holds, whatever a model may be talked into.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any, Final

from sandbox.model import Asked, Reply, ToolCall

ORDER: Final = re.compile(r"order-([a-z-]+)")
HONEST: Final = "The sources do not say that."
"""What it answers while nobody has ordered it anything."""

Step = dict[str, Any]
"""One answer of the model, in the form in which it calls tools and answers."""


def call(tool: str, **arguments: Any) -> Step:
    """A call of a tool."""
    return {"tool": tool, "arguments": arguments}


def say(text: str) -> Step:
    """An answer in words."""
    return {"tool": "none", "answer": text}


def calls(*steps: Step) -> Step:
    """Several calls of tools in one answer, which only a server with a tools API of its own can give."""
    return {"tool": "several", "calls": steps}


class ObeyingModel:
    """The answers of a model server. `reached` are the orders that have stood in its prompts, `told` its last prompt.

    `done` is how many of the attacker's steps it has taken.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Nobody has ordered anything."""
        self.obey("nothing", [])

    def obey(self, place: str, steps: Iterable[Step]) -> None:
        """From now on it does this when the order of that place is in its prompt: each step once in the conversation of
        each agent, the last one again and again."""
        self._place = place
        self._steps = tuple(steps) or (say(HONEST),)
        self._under_way: dict[str, Iterator[Step]] = {}
        self.reached: set[str] = set()
        self.asked: list[Asked] = []
        self.done = 0

    @property
    def told(self) -> str:
        """Its last prompt."""
        return self.asked[-1].text if self.asked else ""

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        self.reached |= set(ORDER.findall(asked.text))
        if self._place not in self.reached:
            return Reply.of(say(HONEST)) if asked.schema is not None else Reply(HONEST)
        self.done += 1
        agent = str(asked.messages[0]["content"])
        step = next(self._under_way.setdefault(agent, chain(self._steps, repeat(self._steps[-1]))))
        return Reply.of(step) if asked.schema is not None else _native(step)


def _native(step: Step) -> Reply:
    """The step for a server with a tools API of its own."""
    calls = step.get("calls") or ([step] if step["tool"] != "none" else [])
    if not calls:
        return Reply(step["answer"])
    made = tuple(ToolCall(one["tool"], json.dumps(one["arguments"])) for one in calls)
    return Reply("", "tool_calls", made)
