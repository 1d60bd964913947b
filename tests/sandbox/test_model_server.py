"""The double of a model server says what it is told to, as OpenAI's format wants it."""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.model import Abilities, BrokenOff, Hanging, ModelServer, Refusal, Reply

QUESTION = {"model": "sandbox-model", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def ask(server: ModelServer, *, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or server.key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=0.5, verify=False) as client:
        return client.post("/chat/completions", json=QUESTION | body)


def events(answer: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_answers_come_from_the_queue_and_then_from_the_function(server: ModelServer) -> None:
    server.queue(Reply("first"), Reply.of({"second": 2}))
    server.answer = lambda asked: Reply(asked.text.upper())

    said = [ask(server).json()["choices"][0]["message"]["content"] for _ in range(3)]

    assert said == ["first", '{"second": 2}', "HELLO"]
    assert [asked.messages for asked in server.asked] == [QUESTION["messages"]] * 3


def test_a_stream_gives_the_text_in_pieces_and_usage_when_it_is_asked_for(server: ModelServer) -> None:
    server.queue(Reply("one two  three\n", cached_tokens=7))

    told = events(ask(server, stream=True, stream_options={"include_usage": True}))

    text = [event["choices"][0]["delta"].get("content") for event in told if event["choices"]]
    assert text == ["", "one", " two", "  three\n", None]
    assert told[-1]["usage"]["prompt_tokens_details"] == {"cached_tokens": 7}


def test_a_fault_goes_before_the_queue_as_often_as_it_is_told(server: ModelServer) -> None:
    server.queue(Reply("fine"))
    server.fault(Refusal(429, retry_after="3"), times=2)

    refused = [ask(server), ask(server)]

    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in refused] == [(429, "3")] * 2
    assert ask(server).json()["choices"][0]["message"]["content"] == "fine"


def test_an_unscripted_answer_holds_to_the_schema(server: ModelServer) -> None:
    schema = {
        "type": "object",
        "required": ["kind", "either"],
        "properties": {"kind": {"enum": ["a", "b"]}, "either": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
    }
    asked = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}}

    said = ask(server, response_format=asked).json()["choices"][0]["message"]["content"]

    assert json.loads(said) == {"kind": "a", "either": 0}


def test_a_request_that_does_not_fit_the_context_is_refused() -> None:
    with ModelServer(abilities=Abilities(context=16)) as server:
        refused = ask(server, messages=[{"role": "user", "content": "word " * 40}])

    assert refused.status_code == 400
    assert "maximum context length is 16 tokens" in refused.json()["error"]["message"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_server_dies_in_the_middle_or_before(server: ModelServer, streamed: bool) -> None:
    server.queue(BrokenOff(Reply("one two three"), pieces=1), BrokenOff())

    for _ in range(2):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            ask(server, stream=streamed)


def test_a_held_answer_never_comes(server: ModelServer) -> None:
    server.queue(Hanging())

    with pytest.raises(httpx.ReadTimeout):
        ask(server)


def test_a_wrong_key_is_refused_and_not_counted_as_asked(server: ModelServer) -> None:
    assert ask(server, key="wrong").status_code == 401
    assert server.asked == []


def test_it_comes_back_on_its_port() -> None:
    server = ModelServer().start()
    server.stop()
    with pytest.raises(httpx.ConnectError):
        ask(server)
    with server:
        assert ask(server).status_code == 200


def test_embeddings_go_by_the_words_in_numbers_or_base64(server: ModelServer) -> None:
    def embed(**body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {server.key}"}
        asked = {"model": "sandbox-model", **body}
        with httpx.Client(base_url=server.url, headers=headers, verify=False) as client:
            return client.post("/embeddings", json=asked)

    one, same = (item["embedding"] for item in embed(input=["Two words", "two WORDS!"]).json()["data"])
    packed = embed(input="two words", encoding_format="base64").json()["data"][0]["embedding"]

    assert one == same
    assert list(struct.unpack("<64f", base64.b64decode(packed))) == one
    assert embed(input=[]).status_code == 400
    assert embed(input="x", model="other").status_code == 404
