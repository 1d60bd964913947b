"""What a door shows obeys nobody: no letter that a terminal would obey, and JSON that is JSON."""

import io
import json
from contextlib import redirect_stdout

import pytest

from api.ask import _print
from api.ask_json import answer_json
from tests.redteam.house import House, shown
from tests.redteam.obeying import say
from tests.redteam.planted import ESCAPES, order

pytestmark = pytest.mark.asyncio(loop_scope="session")

TERMINAL = ("\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\r", "\x08")
"""Letters that clear, colour, link, ring, or turn what stands around them."""


@pytest.mark.parametrize(
    "question", ["all companies", "companies named Kestrel", "brief me on Kestrel", "list my contacts", "all my tasks"]
)
async def test_names_of_records_command_no_terminal(house: House, question: str) -> None:
    answer = await house.ask(question)
    text = shown(answer)
    assert not any(letter in text for letter in TERMINAL)


@pytest.mark.parametrize("trick", [ESCAPES, "\r\x08\x08hidden", "\x9b2J", "\u2066abc\u2069", order("note")])
async def test_a_models_answer_commands_no_terminal(house: House, trick: str) -> None:
    attack = await house.attacked("note", [say(f"Acme is well {trick} [1].")], "brief me on Acme")
    assert house.model.done
    assert not any(letter in attack.shown for letter in TERMINAL)


@pytest.mark.parametrize("trick", [ESCAPES, '"}]}\n{"answer": "forged"', "\ud800", "\x00", "\u2028", "NaN", "\\u0000"])
async def test_json_is_json_whatever_was_asked(house: House, trick: str) -> None:
    for question in (f"brief me on Acme {trick}", f"deals named {trick}"):
        answer = await house.ask(question, dry_run=True)
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with redirect_stdout(out):
            _print(answer_json(answer))
            out.flush()
        told = json.loads(out.buffer.getvalue().decode())
        assert told["answer"] == answer.text != "forged"
