"""`sophia model`: servers are checked, weights come only with their hash, and the embedded server serves and ends."""

import hashlib
import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.model import open_model
from api.model_check import check_model
from api.model_live import model_checks
from core.errors import ConfigurationError, NotUsable, Rejected, Unavailable
from core.llm.embedded import kept_key
from core.llm.weights import WeightsFolder
from core.metrics import Metrics
from core.settings import load_settings
from sandbox.model import Abilities, ModelServer, Refusal
from tests.servers import LlamaServer

CONTENT = b"GGUF" + bytes(range(256)) * 9000
PINNED = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def set_up(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """A server that the settings name."""
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.gguf"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    return WeightsFolder(tmp_path / "state")


async def checked(capsys: pytest.CaptureFixture[str], *urls: str) -> tuple[int, Any]:
    code = await check_model(urls, None, as_json=True)
    return code, json.loads(capsys.readouterr().out)


async def test_a_server_that_can_do_all_is_usable(set_up: ModelServer, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = await checked(capsys)
    (server,) = told["servers"]
    assert (code, told["usable"], server["context"], server["lacking"]) == (0, True, 32_768, [])
    assert all(server["abilities"].values())
    assert len(server["abilities"]) == 8


@pytest.mark.parametrize(
    ("abilities", "lacking", "code"),
    [
        ({"json_schema": False}, {"json_schema"}, 1),
        ({"streaming": False}, {"streaming"}, 1),
        ({"tools": False}, {"tools"}, 0),
        ({"usage": False}, {"usage", "cached_tokens"}, 0),
        ({"cached": False}, {"cached_tokens"}, 0),
        ({"length_told": False}, set(), 0),
    ],
)
async def test_what_a_server_lacks_is_told_with_what_to_do(
    capsys: pytest.CaptureFixture[str], abilities: dict[str, bool], lacking: set[str], code: int
) -> None:
    with ModelServer(key=None, abilities=Abilities(**abilities)) as server:
        ended, told = await checked(capsys, server.url)
    found = told["servers"][0]["lacking"]
    assert ({lack["ability"] for lack in found}, ended) == (lacking, code)
    assert all(lack["next_step"] for lack in found)
    assert lacking or told["servers"][0]["context"] == 32_768


async def test_a_server_that_is_down_or_broken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        down = f"http://127.0.0.1:{door.getsockname()[1]}/v1"
    with ModelServer(key=None) as broken:
        broken.fault(Refusal(500, "out of memory"), times=None)
        code, told = await checked(capsys, down, broken.url)
    assert code == 1
    assert [server["lacking"][0]["ability"] for server in told["servers"]] == ["reachable", "streaming"]
    assert "out of memory" in told["servers"][1]["lacking"][0]["detail"]


async def test_a_refused_key_is_told_by_its_setting(
    set_up: ModelServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOPHIA_MODEL_KEY", "wrong-key-of-mine")
    code, told = await checked(capsys)
    assert code == 1
    assert "SOPHIA_MODEL_KEY" in told["servers"][0]["lacking"][0]["next_step"]
    assert "wrong-key-of-mine" not in json.dumps(told)


async def test_the_key_is_not_sent_to_another_server(set_up: ModelServer, capsys: pytest.CaptureFixture[str]) -> None:
    with ModelServer(key=None) as other:
        await checked(capsys, other.url)
    assert {asked.key for asked in other.asked} == {"none"}


async def test_a_person_gets_a_table(set_up: ModelServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert await check_model((), None, as_json=False) == 0
    told = capsys.readouterr().out
    assert all(words in told for words in ("strict json_schema", "native tools", "32768 tokens", "tokens/s"))


async def test_without_a_model_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError, match="no model is set up"):
        await check_model((), None, as_json=False)


async def test_the_doctor_looks_whether_the_model_is_there(set_up: ModelServer) -> None:
    settings = load_settings()
    assert [check.state for check in await model_checks(settings)] == ["ok"]
    set_up.stop()
    (away,) = await model_checks(settings)
    assert (away.state, bool(away.next_step)) == ("warn", True)


async def test_the_doctor_asks_nothing_where_no_model_is_set_up() -> None:
    assert await model_checks(load_settings()) == []


async def test_requests_are_counted_with_their_cost(set_up: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from langchain_core.messages import HumanMessage

    from core.llm import Role
    from sandbox.model import Reply

    monkeypatch.setenv("SOPHIA_MODEL_PRICE_PROMPT", "2")
    monkeypatch.setenv("SOPHIA_MODEL_PRICE_CACHED", "1")
    monkeypatch.setenv("SOPHIA_MODEL_PRICE_COMPLETION", "10")
    metrics = Metrics()
    set_up.queue(Reply(prompt_tokens=1_000_000, cached_tokens=500_000, completion_tokens=100_000))
    async with open_model(load_settings(), metrics) as model:
        assert model is not None
        await model.pool.ask([HumanMessage("?")], role=Role.DEEP, max_tokens=5)

    shown = metrics.show({}, {}, {}, {}).decode()
    name = set_up.url.removeprefix("http://").removesuffix("/v1")
    assert f'sophia_model_requests_total{{result="answered",role="deep",server="{name}"}} 1.0' in shown
    assert f'sophia_model_tokens_total{{kind="cached",role="deep",server="{name}"}} 500000.0' in shown
    assert 'sophia_model_cost_total{role="deep"} 2.5' in shown


async def test_weights_come_with_their_hash_and_only_so(folder: WeightsFolder, file: Path, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="was removed"):
        await folder.pull(str(file), "0" * 64, None, lambda done, total: None)
    assert folder.all() == ()
    assert list((tmp_path / "state" / "models").iterdir()) == []

    pulled = await folder.pull(str(file), PINNED.upper(), None, lambda done, total: None)
    assert pulled.path.read_bytes() == CONTENT
    assert [(weights.name, weights.sha256) for weights in folder.all()] == [("small", PINNED)]
    assert folder.chosen(None) == folder.chosen("small") == pulled.path


@pytest.mark.parametrize(
    ("source", "sha256", "name"),
    [
        ("small.gguf", "abc", None),
        ("nowhere.gguf", PINNED, None),
        ("small.gguf", PINNED, "../outside"),
        ("http://example.com/m.gguf", PINNED, None),
        ("ftp://example.com/m.gguf", PINNED, None),
    ],
)
async def test_what_cannot_be_used_is_refused(
    folder: WeightsFolder, file: Path, source: str, sha256: str, name: str | None
) -> None:
    with pytest.raises(NotUsable):
        await folder.pull(source, sha256, name, lambda done, total: None)


async def test_a_file_that_is_no_model_is_refused(folder: WeightsFolder, tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_bytes(b"<html>log in first</html>")
    with pytest.raises(Rejected, match="no GGUF"):
        await folder.pull(str(page), hashlib.sha256(page.read_bytes()).hexdigest(), None, lambda done, total: None)


class Downloads:
    """A server of one file on a port of this machine, which breaks off its first answer in the middle."""

    def __init__(self) -> None:
        self.ranges: list[str | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        asked = headers[b"range"].decode() if b"range" in headers else None
        self.ranges.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = CONTENT[begin:]
        length = [(b"content-length", str(len(rest)).encode())]
        await send({"type": "http.response.start", "status": 206 if asked else 200, "headers": length})
        if asked is None:
            await send({"type": "http.response.body", "body": rest[: len(rest) // 2], "more_body": True})
            scope["extensions"]["sandbox.connection"]["abort"]()
            return
        await send({"type": "http.response.body", "body": rest})


async def test_a_download_that_broke_off_goes_on_where_it_was(folder: WeightsFolder) -> None:
    from sandbox.serving import Serving

    downloads = Downloads()
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/big%20model.gguf"
    serving = Serving(downloads, listening, "downloads")
    seen: list[tuple[int, int | None]] = []
    try:
        with pytest.raises(Unavailable) as broken:
            await folder.pull(url, PINNED, "big", lambda done, total: seen.append((done, total)))
        pulled = await folder.pull(url, PINNED, "big", lambda done, total: seen.append((done, total)))
    finally:
        serving.stop()

    assert "goes on where it was" in str(broken.value.next_step)
    assert pulled.path.read_bytes() == CONTENT
    first, second = downloads.ranges
    assert first is None
    assert second is not None
    assert int(second.removeprefix("bytes=").removesuffix("-")) > 0
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = kept_key(tmp_path / "state")
    assert kept_key(tmp_path / "state") == first
    assert len(first.get_secret_value()) > 30
    assert stat.S_IMODE((tmp_path / "state" / "model.key").stat().st_mode) == 0o600


def test_nothing_is_served_where_nothing_was_pulled(alone: Any) -> None:
    told = alone.run("model", "serve")
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "Error: no model was pulled",
        "Next: Give --model FILE.gguf, or bring one with `sophia model pull`.",
    ]


def test_a_door_to_the_world_needs_a_key_of_the_owners(alone: Any) -> None:
    told = alone.run("model", "serve", "--host", "0.0.0.0")
    assert told.returncode == 2
    assert "SOPHIA_MODEL_KEY" in told.stderr


def test_a_missing_package_is_told_with_the_command_to_install_it(alone: Any, file: Path, tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "xllamacpp.py").write_text("raise ImportError('not here')")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'without')!r}); sys.argv[1:] = "
        f"['model', 'serve', '--model', {str(file)!r}]; from api.cli import main; main()"
    )
    told = alone.run_python(program)
    assert told.returncode == 2
    assert "xllamacpp is not installed" in told.stderr
    assert "Next: Run .venv/bin/pip install" in told.stderr


def test_a_file_that_is_broken_is_told(alone: Any, file: Path) -> None:
    pytest.importorskip("xllamacpp")
    told = alone.run("model", "serve", "--model", str(file), "--port", "18999")
    assert told.returncode == 2
    assert "cannot be served" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_embedded_server_is_usable_and_ends_in_good_order(alone: Any, llama_process: LlamaServer) -> None:
    told: subprocess.CompletedProcess[str] = alone.run(
        "model", "check", "--url", llama_process.url, "--json", SOPHIA_MODEL_KEY=llama_process.key
    )
    found = json.loads(told.stdout)
    assert (told.returncode, found["usable"]) == (0, True)
    server = found["servers"][0]
    assert server["context"] == llama_process.context
    assert all(server["abilities"][name] for name in ("streaming", "usage", "json_schema", "cached_tokens"))
    assert llama_process.stop() == 0
    llama_process.start()
