"""Embeddings from servers over the wire: order, length, failover, and what is told when none answers."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from core.errors import Rejected, Unauthorized, Unavailable
from core.settings import load_settings
from memory.embedding import endpoint as endpoint_module
from memory.embedding.endpoint import Endpoint
from sandbox.model import Abilities, Answer, BrokenOff, Hanging, ModelServer, Refusal, Reply

MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
async def endpoint_of() -> AsyncIterator[MakeEndpoint]:
    """Makes the embedder over these servers as the settings make it."""
    made: list[Endpoint] = []

    def make(*servers: ModelServer, **settings: Any) -> Endpoint:
        named = {
            "embedder": "endpoint",
            "embedding_urls": ",".join(server.url for server in servers),
            "embedding_key": servers[0].key,
            "embedding_name": servers[0].models[0],
            "embedding_dimensions": servers[0].abilities.dimensions,
        }
        made.append(Endpoint.from_settings(load_settings(**(named | settings))))
        return made[-1]

    yield make
    for endpoint in made:
        await endpoint.close()


async def test_vectors_come_in_the_order_of_the_texts_and_at_unit_length(
    server: ModelServer, endpoint_of: MakeEndpoint
) -> None:
    vectors = await endpoint_of(server).embed(["price of the licence", "", "the price", "weather"])

    assert vectors.shape == (4, 64)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-6)
    assert vectors[0] @ vectors[2] > 0.6 > 0.4 > vectors[0] @ vectors[3]
    assert server.embedded[0].body["input"] == ["price of the licence", "the price", "weather"]


async def test_the_model_is_named_by_its_name_and_length(endpoint_of: MakeEndpoint) -> None:
    with ModelServer(models=("BAAI/bge_M3",)) as server:
        assert endpoint_of(server).model == "baai-bge-m3-64"


async def test_many_texts_go_in_requests_of_64_and_long_ones_are_cut(
    server: ModelServer, endpoint_of: MakeEndpoint
) -> None:
    texts = [f"text {number}" for number in range(130)]

    vectors = await endpoint_of(server).embed([*texts, "long " * 5000])

    assert [len(asked.body["input"]) for asked in server.embedded] == [64, 64, 3]
    assert len(server.embedded[-1].body["input"][-1]) == 2000
    assert (vectors[129] == (await endpoint_of(server).embed(["text 129"]))[0]).all()


async def test_nothing_is_asked_where_there_is_no_word(server: ModelServer, endpoint_of: MakeEndpoint) -> None:
    assert (await endpoint_of(server).embed(["", " "]) == 0).all()
    assert server.embedded == []


FAULTS: dict[str, Answer] = {
    "429 for long": Refusal(429, retry_after="120"),
    "500": Refusal(500),
    "hangs": Hanging(),
    "hangs in the middle": Hanging(pieces=1),
    "dies": BrokenOff(),
    "dies in the middle": BrokenOff(pieces=1),
    "no JSON": Reply("<html>"),
    "another shape": Reply.of({"data": [{"index": 0, "embedding": "none"}]}),
    "one too few": Reply.of({"data": []}),
    "no number": Reply('{"data": [{"index": 0, "embedding": [NaN]}]}'),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_another_server_answers_when_one_fails(
    server: ModelServer,
    second: ModelServer,
    endpoint_of: MakeEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    monkeypatch.setattr(endpoint_module, "SECONDS", 0.5 if fault.startswith("hangs") else 20.0)
    server.fault(FAULTS[fault])
    endpoint = endpoint_of(server, second)

    assert (await endpoint.embed(["price"])).any()
    assert (await endpoint.embed(["price again"])).any()  # the first one is left alone
    assert (len(server.embedded), len(second.embedded)) == (1, 2)


async def test_a_server_that_is_down_is_passed_over(
    server: ModelServer, second: ModelServer, endpoint_of: MakeEndpoint
) -> None:
    server.stop()
    assert (await endpoint_of(server, second).embed(["price"])).any()


async def test_a_server_that_is_busy_for_a_moment_is_waited_for(server: ModelServer, endpoint_of: MakeEndpoint) -> None:
    server.fault(Refusal(429, retry_after="0.01"), times=2)
    assert (await endpoint_of(server).embed(["price"])).any()
    assert len(server.embedded) == 3


async def test_when_all_fail_it_is_told_when_to_try_again(
    server: ModelServer, second: ModelServer, endpoint_of: MakeEndpoint
) -> None:
    server.fault(Refusal(503, retry_after="40"), times=None)
    second.fault(Refusal(500), times=None)

    with pytest.raises(Unavailable, match="no server answers") as failed:
        await endpoint_of(server, second, model_cooldown_seconds=30).embed(["price"])

    assert failed.value.retry_after is not None
    assert timedelta(seconds=25) < failed.value.retry_after <= timedelta(seconds=30)
    assert failed.value.next_step


async def test_a_wrong_key_names_the_setting(server: ModelServer, endpoint_of: MakeEndpoint) -> None:
    with pytest.raises(Unauthorized) as refused:
        await endpoint_of(server, embedding_key="wrong").embed(["price"])
    assert "SOPHIA_EMBEDDING_KEY" in str(refused.value.next_step)


async def test_an_unknown_model_is_refused_and_goes_to_no_other_server(
    server: ModelServer, second: ModelServer, endpoint_of: MakeEndpoint
) -> None:
    with pytest.raises(Rejected) as refused:
        await endpoint_of(server, second, embedding_name="other").embed(["our secret price"])
    assert "SOPHIA_EMBEDDING_NAME" in str(refused.value.next_step)
    assert "secret" not in str(refused.value)
    assert second.embedded == []


async def test_vectors_of_another_length_are_refused_with_the_right_setting(endpoint_of: MakeEndpoint) -> None:
    with ModelServer(abilities=Abilities(dimensions=32)) as server:
        with pytest.raises(Rejected, match="length 32, not 64") as refused:
            await endpoint_of(server, embedding_dimensions=64).embed(["price"])
        assert "SOPHIA_EMBEDDING_DIMENSIONS=32" in str(refused.value.next_step)
