"""What a model is asked, word for word: a change of it is seen in review, and gives a new version.

`python -m tests.nodes.judging.test_prompts` writes the requests/ again.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.llm.configured import pool_from
from core.settings import load_settings
from nodes.call_analysis.judging import JudgingAnalyst
from nodes.call_analysis.judging.answers import SUMMARY_SCHEMA, WINDOW_SCHEMA
from nodes.call_analysis.judging.page import statements_text
from nodes.call_analysis.judging.prompts import load_prompts
from sandbox.model import ModelServer
from tests.nodes.judging.talk import TALK, extracted, objection, spoken

REQUESTS = Path(__file__).parent / "requests"
VERSION = "f0ba0612762d"


async def window_request() -> str:
    """The request for the one window of the small call, as text."""
    async with ModelServer() as server:
        pool = pool_from(load_settings(model_urls=server.url, model_key=server.key, model_name=server.models[0]))
        assert pool is not None
        await JudgingAnalyst(pool).analyse(*spoken(*TALK), extracted(objection()))
        await pool.close()
    return "\n".join(f"=== {message['role']} ===\n{message['content']}" for message in server.asked[0].messages) + "\n"


def summary_request() -> str:
    """The request to sum up two statements, as text."""
    said = ["Ana finds the price too high.", "The customer's sentiment in this part: mixed."]
    return f"=== system ===\n{load_prompts().summary}\n=== user ===\n{statements_text(said)}\n"


async def test_a_window_is_asked_about_in_these_words() -> None:
    assert await window_request() == (REQUESTS / "judge_call.txt").read_text(encoding="utf-8")


def test_a_call_is_summed_up_on_these_words() -> None:
    assert summary_request() == (REQUESTS / "summarise_call.txt").read_text(encoding="utf-8")


def test_the_version_changes_with_the_prompts_and_their_form() -> None:
    prompts = load_prompts()
    assert prompts.version == VERSION
    assert replace(prompts, window=prompts.window + " ").version != VERSION
    assert replace(prompts, summary="").version != VERSION


def test_the_schemas_are_strict_and_every_list_in_them_ends() -> None:
    for schema in _within(WINDOW_SCHEMA, SUMMARY_SCHEMA):
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
        if schema["type"] == "array":
            assert schema["maxItems"] > 0


def _within(*schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas and all that they are made of."""
    inner = [part for schema in schemas for part in (*schema.get("properties", {}).values(), schema.get("items"))]
    return [*schemas, *_within(*[part for part in inner if part])] if schemas else []


if __name__ == "__main__":
    (REQUESTS / "judge_call.txt").write_text(asyncio.run(window_request()), encoding="utf-8")
    (REQUESTS / "summarise_call.txt").write_text(summary_request(), encoding="utf-8")
