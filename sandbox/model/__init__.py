"""A language model's server on this machine: OpenAI's wire format, with answers that a test scripts.

    async with ModelServer() as server:                       # or `with`; several may run beside each other
        settings = load_settings(**...)                       # server.environment() points Sophia at it
        server.queue(Reply("first"), Reply.of({"items": []})) # answers, in the order in which requests come
        server.answer = lambda asked: Reply(asked.text[:9])   # or a function, asked once the queue is empty
        server.fault(Refusal(429, retry_after="2"), times=3)  # a fault goes before both; times=None until `mend()`
        ...
        assert server.asked[0].messages[-1]["content"] == ""  # all that was asked, in order

Without a script the answer is "ok" or, when a JSON Schema was given, the least value that holds to it. An answer is a
Reply, a Refusal (429, 5xx, …), Hanging (never comes, or stops in the middle) or BrokenOff (the server dies): see
script.py. /v1/embeddings answers by the words of a text, unless a fault stands before it. What a server may lack is
switched off by `Abilities`. It has no time of its own and keeps no state.
"""

from sandbox.model.abilities import Abilities
from sandbox.model.script import Answer, Asked, BrokenOff, Hanging, Refusal, Reply, Script, ToolCall
from sandbox.model.server import ModelServer

__all__ = [
    "Abilities",
    "Answer",
    "Asked",
    "BrokenOff",
    "Hanging",
    "ModelServer",
    "Refusal",
    "Reply",
    "Script",
    "ToolCall",
]
