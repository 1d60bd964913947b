"""What goes over the wire to a model server, and what is made of its answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from core.errors import Rejected, Unauthorized
from core.llm import Answer, Role, Usage
from core.llm.pool import ModelPool
from sandbox.model import Abilities, ModelServer, Refusal, Reply

MakePool = Callable[..., ModelPool]
ASKED = [SystemMessage("Answer shortly."), HumanMessage("Who calls?"), AIMessage("Dana."), HumanMessage("When?")]
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["risk", "none"]}, "when": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "required": ["kind", "when"],
    "additionalProperties": False,
}


async def test_an_answer_comes_with_model_server_and_tokens(server: ModelServer, pool_of: MakePool) -> None:
    server.queue(Reply("At noon.", prompt_tokens=40, cached_tokens=32, completion_tokens=3))

    answer = await pool_of(server).ask(ASKED, role=Role.DEEP, max_tokens=50)

    assert (answer.text, answer.value, answer.model) == ("At noon.", None, "sandbox-model")
    assert answer.endpoint in server.url
    assert answer.usage == Usage(prompt_tokens=40, cached_tokens=32, completion_tokens=3, seconds=answer.usage.seconds)


async def test_messages_go_out_in_their_order_with_settled_chance(server: ModelServer, pool_of: MakePool) -> None:
    pool = pool_of(server)
    await pool.ask(ASKED, role=Role.DEEP, max_tokens=50)
    await pool.ask(ASKED[:2], role=Role.FAST, max_tokens=60)

    first, second = (asked.body for asked in server.asked)
    said = [(message["role"], message["content"]) for message in first["messages"]]
    assert said == [
        ("system", "Answer shortly."), ("user", "Who calls?"), ("assistant", "Dana."), ("user", "When?"),
    ]  # fmt: skip
    assert second["messages"] == first["messages"][:2]
    assert (first["temperature"], first["seed"], first["max_tokens"]) == (0, second["seed"], 50)
    assert "response_format" not in first


async def test_a_schema_is_sent_strictly_and_the_answer_is_its_value(server: ModelServer, pool_of: MakePool) -> None:
    server.queue(Reply.of({"kind": "risk", "when": None}))

    answer = await pool_of(server).ask(ASKED, role=Role.DEEP, max_tokens=50, schema=SCHEMA, schema_name="finding")

    assert answer.value == {"kind": "risk", "when": None}
    asked = server.asked[0].body["response_format"]
    assert asked == {
        "type": "json_schema",
        "json_schema": {"name": "finding", "strict": True, "schema": SCHEMA},
    }


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply("Gladly! Here it is."), "is not JSON"),
        (Reply('{"kind": "risk", "when'), "is not JSON"),
        (Reply('{"kind": NaN, "when": null}'), "is not JSON"),
        (Reply("[" * 100_000), "is not JSON"),
        (Reply.of(["risk"]), "is not a JSON object"),
        (Reply.of({"kind": "Acme is unhappy", "when": None}), "does not hold to its schema (at properties.kind.enum)"),
        (Reply('{"kind": "ri', "length"), "was cut off after 50 tokens"),
        (Reply("", "content_filter"), "withheld"),  # type: ignore[arg-type]
    ],
    ids=["prose", "half", "NaN", "deep", "list", "misfit", "cut off", "withheld"],
)
async def test_an_answer_that_cannot_be_used_is_rejected_without_its_words(
    server: ModelServer, pool_of: MakePool, reply: Reply, problem: str
) -> None:
    server.queue(reply)

    with pytest.raises(Rejected) as rejected:
        await pool_of(server).ask(ASKED, role=Role.DEEP, max_tokens=50, schema=SCHEMA)

    assert problem in str(rejected.value)
    assert "Acme" not in str(rejected.value)
    assert rejected.value.next_step


async def test_a_server_that_ignores_schemas_is_found_out(pool_of: MakePool) -> None:
    async with ModelServer(abilities=Abilities(json_schema=False)) as server:
        with pytest.raises(Rejected, match="is not JSON"):
            await pool_of(server).ask(ASKED, role=Role.DEEP, max_tokens=50, schema=SCHEMA)


async def test_a_stream_gives_text_in_pieces_and_the_whole_answer_last(server: ModelServer, pool_of: MakePool) -> None:
    server.queue(Reply("one two three", prompt_tokens=9, completion_tokens=3))

    *text, answer = [piece async for piece in pool_of(server).stream(ASKED, role=Role.FAST, max_tokens=50)]

    assert text == ["one", " two", " three"]
    assert isinstance(answer, Answer)
    assert (answer.text, answer.usage.prompt_tokens) == ("one two three", 9)


async def test_a_server_that_counts_nothing_is_used_all_the_same(pool_of: MakePool) -> None:
    async with ModelServer(abilities=Abilities(usage=False)) as server:
        answer = await pool_of(server).ask(ASKED, role=Role.DEEP, max_tokens=50)
    assert (answer.text, answer.usage.prompt_tokens, answer.usage.completion_tokens) == ("ok", 0, 0)


async def test_a_request_too_long_is_rejected_with_the_setting_to_change(pool_of: MakePool) -> None:
    async with ModelServer(abilities=Abilities(context=100)) as server:
        with pytest.raises(Rejected) as rejected:
            await pool_of(server).ask([HumanMessage("word " * 200)], role=Role.DEEP, max_tokens=50)
    assert "maximum context length is 100 tokens" in str(rejected.value)
    assert "SOPHIA_MODEL_CONTEXT" in str(rejected.value.next_step)


async def test_what_quotes_the_prompt_is_not_told_on(server: ModelServer, pool_of: MakePool) -> None:
    server.queue(Refusal(422, "Input should be valid: 'We pay Acme 40 thousand a year for this'"))

    with pytest.raises(Rejected) as rejected:
        await pool_of(server).ask(
            [HumanMessage("Dana: We pay Acme 40 thousand a year for this.")], role=Role.DEEP, max_tokens=9
        )

    assert "Acme" not in str(rejected.value)


@pytest.mark.parametrize(
    ("role", "settings", "named"),
    [
        (Role.DEEP, {"model_key": "wrong"}, "SOPHIA_MODEL_KEY"),
        (Role.FAST, {"model_key": "wrong"}, "SOPHIA_MODEL_KEY"),
        (Role.FAST, {"model_fast_key": "wrong"}, "SOPHIA_MODEL_FAST_KEY"),
        (Role.DEEP, {"model_key": None}, "SOPHIA_MODEL_KEY"),
    ],
)
async def test_a_refused_key_names_its_setting(
    server: ModelServer, pool_of: MakePool, role: Role, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(Unauthorized) as refused:
        await pool_of(server, **settings).ask(ASKED, role=role, max_tokens=9)
    assert f"Set {named} " in str(refused.value.next_step)


async def test_a_name_that_is_not_served_is_told(server: ModelServer, pool_of: MakePool) -> None:
    with pytest.raises(Rejected) as rejected:
        await pool_of(server, model_name="other").ask(ASKED, role=Role.DEEP, max_tokens=9)
    assert "SOPHIA_MODEL_NAME" in str(rejected.value.next_step)


async def test_no_key_of_another_program_is_sent(pool_of: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-else")
    async with ModelServer(key=None) as server:
        await pool_of(server).ask(ASKED, role=Role.DEEP, max_tokens=9)
    assert server.asked[0].key == "none"


async def test_neither_prompt_nor_answer_is_logged(
    server: ModelServer, pool_of: MakePool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.logs import log_to_stderr
    from core.settings import load_settings

    log_to_stderr(load_settings(log_level="debug", log_format="json"))
    server.queue(Reply("the answer's own words"))
    await pool_of(server).ask([HumanMessage("the customer's own words")], role=Role.DEEP, max_tokens=9)

    lines = capsys.readouterr().err
    assert "own words" not in lines
    told = next(json.loads(line) for line in lines.splitlines() if "model.asked" in line)
    assert (told["role"], told["result"], told["server"] in server.url) == ("deep", "answered", True)
