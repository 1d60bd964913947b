"""`sophia memory`: what is remembered is counted, found, indexed anew, exported and forgotten."""

import asyncio
import io
import json
import shutil
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.logs import settings_with_logs
from api.memory import Need, OpenMemory, open_database, open_memory
from api.memory_check import memory_check
from api.memory_forget import export, forget
from api.memory_reindex import reindex
from api.memory_search import Search, show_search
from api.memory_status import show_status
from api.terminal import BadInput
from core.analysis import CallAnalysis, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Party, Sentence, Transcript
from core.calls import Turn as CallTurn
from core.clock import SystemClock
from core.errors import ConfigurationError, NotUsable
from core.scope import owned_by, said_at
from core.settings import Settings
from memory.conversations import Turn
from memory.vectors.configured import place_of
from tests.commands import ROOT, Sophia

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LINES = (
    "We looked at your offer, and the price for forty seats is far above our budget this year.",
    "Legal will read the contract next week, and Dana Whitfield signs it.",
)
CALL = Call(
    id="7782",
    title="Acme: offer",
    url="https://eu.app.gong.io/call?id=7782",
    started=NOW,
    parties=(Party(id="1", name="Dana Whitfield", email="dana@acme.example", speaker_id="1", affiliation="External"),),
)
TRANSCRIPT = Transcript(
    call_id="7782",
    turns=tuple(
        CallTurn(speaker_id="1", sentences=(Sentence(start_ms=at * 65_000, end_ms=at * 65_000 + 4_000, text=text),))
        for at, text in enumerate(LINES)
    ),
)
ANALYSIS = CallAnalysis(
    call_id="7782",
    analyst="test",
    summary="",
    sentiment=Sentiment(label="neutral", score=0),
    stage_direction=StageDirection(direction="hold"),
    statistics=TalkStatistics(),
)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a fast embedder, which the commands read from the environment."""
    monkeypatch.setenv("SOPHIA_DATA_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("SOPHIA_EMBEDDER", "static")
    return settings_with_logs()


@pytest.fixture
async def remembered(own: Settings) -> Settings:
    """A call and a conversation are remembered, and the index knows of both."""
    async with opened(own) as memory:
        await keep_both(memory)
        assert memory.upkeep is not None
        assert await memory.upkeep.once() is None
    return own


@asynccontextmanager
async def opened(settings: Settings, index: Need = "needed") -> AsyncIterator[OpenMemory]:
    """Memory of these settings for the length of a block."""
    async with (
        open_database(settings) as database,
        open_memory(settings, database, SystemClock(), index=index) as memory,
    ):
        yield memory


async def keep_both(memory: OpenMemory) -> None:
    await memory.kept.calls.keep(CALL, TRANSCRIPT, ANALYSIS, owned_by("7"), frozenset({"deal:301"}))
    for number, text in enumerate(("Who is the champion at Globex?", "Ravi Menon, who runs their support.")):
        turn = Turn(
            id=str(number),
            role="user",
            text=text,
            audience=said_at("C1"),
            at=NOW,
            speaker="Ana",
            person="ana@us.example",
        )
        await memory.kept.conversations.keep_turn("slack-C1-17", turn)


async def test_what_was_said_gives_the_terminal_no_commands(own: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    turn = Turn(id="1", role="user", text="The price \x1b]0;owned\x07 is high", audience=said_at("C1"), at=NOW)
    async with opened(own) as memory:
        await memory.kept.conversations.keep_turn("t", turn)

    await show_search(Search("price"), as_json=False)

    shown = capsys.readouterr().out
    assert "The price ]0;owned is high" in shown
    assert not {"\x1b", "\x07"} & set(shown)


async def status(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """The exit code, all that is told, and the kinds by name."""
    code = await show_status(as_json=True)
    told = json.loads(capsys.readouterr().out)
    return code, told, {kind["kind"]: kind for kind in told["kinds"]}


async def found(capsys: pytest.CaptureFixture[str], question: str, **asked: Any) -> list[dict[str, Any]]:
    await show_search(Search(question, **asked), as_json=True)
    passages: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["passages"]
    return passages


async def test_status_counts_each_kind_and_probes_its_collection(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told, kinds = await status(capsys)

    assert code == 0
    assert told["embedder"] == {"model": "wordllama-l2-256", "dimensions": 256, "problem": None}
    assert told["index"] == {"place": f"embedded in {remembered.data_dir / 'chroma'}", "in_use": None, "problem": None}
    turns = kinds["conversation"]
    assert (turns["entries"], turns["vectors"], turns["unembedded"], turns["waiting"]) == (2, 2, 0, 0)
    (collection,) = turns["collections"]
    assert collection["name"] == "conversation__wordllama-l2-256__v1"
    assert (collection["state"], collection["points"], collection["sound"]) == ("active", 2, True)
    assert kinds["business_context"]["collections"] == []


async def test_status_of_nothing_is_well(own: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, kinds = await status(capsys)
    assert code == 0
    assert all(kind["entries"] == 0 for kind in kinds.values())
    assert not (own.data_dir / "chroma").exists()


async def test_the_table_names_every_kind_and_the_embedder(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await show_status(as_json=False) == 0
    shown = capsys.readouterr().out
    for part in ("conversation", "call_passages", "business_context", "sound", "wordllama-l2-256, 256 dimensions"):
        assert part in shown


async def test_while_another_process_has_the_index_all_else_is_told(
    remembered: Settings, capsys: pytest.CaptureFixture[str], held: str
) -> None:
    code, told, kinds = await status(capsys)

    assert code == 0
    assert f"in use by process {held}" in told["index"]["in_use"]
    assert kinds["call_passages"]["entries"] == 1
    assert kinds["call_passages"]["collections"][0]["sound"] is None


async def test_a_server_that_is_away_is_told_and_all_else_too(
    remembered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOPHIA_CHROMA_URL", "http://user:secret@127.0.0.1:9")
    code, told, kinds = await status(capsys)

    assert code == 1
    assert told["index"]["place"] == "server at 127.0.0.1:9"
    assert told["index"]["problem"]
    assert "secret" not in json.dumps(told)
    assert kinds["call_passages"]["entries"] == 1


async def test_a_collection_that_lost_its_vectors_is_told_and_made_anew(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(remembered) as memory:
        assert memory.index is not None
        await memory.index.delete("conversation__wordllama-l2-256__v1", await ids(memory))

    code, _, kinds = await status(capsys)
    assert code == 1
    (collection,) = kinds["conversation"]["collections"]
    assert (collection["state"], collection["sound"]) == ("damaged", False)

    await reindex(["conversation"], as_json=True)
    assert json.loads(capsys.readouterr().out)["vectors"] == {"conversation": 2}
    code, _, kinds = await status(capsys)
    assert code == 0
    assert [each["state"] for each in kinds["conversation"]["collections"]] == ["active"]


async def test_a_lost_folder_is_made_anew_without_embedding(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(remembered.data_dir / "chroma")
    assert (await status(capsys))[0] == 1
    await reindex((), as_json=False)
    assert "2 of conversation, 1 of call_passages" in capsys.readouterr().out
    assert (await status(capsys))[0] == 0


async def test_a_change_of_embedder_is_carried_out(
    remembered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOPHIA_EMBEDDER", "minilm")
    assert (await status(capsys))[2]["conversation"]["unembedded"] == 2

    await reindex((), as_json=False)

    capsys.readouterr()
    code, told, kinds = await status(capsys)
    assert (code, told["embedder"]["model"]) == (0, "minilm-l6-384")
    assert kinds["conversation"]["unembedded"] == 0
    assert [each["name"] for each in kinds["conversation"]["collections"]] == ["conversation__minilm-l6-384__v1"]


async def test_reindex_is_refused_while_another_process_has_the_index(remembered: Settings, held: str) -> None:
    with pytest.raises(ConfigurationError, match=f"in use by process {held}") as refused:
        await reindex((), as_json=False)
    assert refused.value.next_step


async def test_search_shows_who_said_it_when_and_where(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await show_search(Search("is the price above the budget"), as_json=False)
    told = capsys.readouterr()
    first = told.out.split("2. ")[0]
    for part in (
        "Dana Whitfield",
        "at 0:00",
        "call:7782",
        "score",
        "forty seats",
        "https://eu.app.gong.io/call?id=7782",
    ):
        assert part in first
    assert "Degraded" not in told.err


async def test_search_holds_to_kind_subject_time_and_count(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {each["kind"] for each in await found(capsys, "champion", kinds=("conversation",))} == {"conversation"}
    assert {each["source"] for each in await found(capsys, "champion", subjects=("deal:301",))} == {"call:7782"}
    assert await found(capsys, "champion", until=datetime(2026, 11, 1)) == []  # noqa: DTZ001  as typer gives it
    assert len(await found(capsys, "price contract champion", count=1)) == 1


async def test_search_goes_on_from_the_database_while_another_process_has_the_index(
    remembered: Settings, capsys: pytest.CaptureFixture[str], held: str
) -> None:
    passages = await found(capsys, "is the price above the budget")
    assert passages[0]["source"] == "call:7782"


async def test_a_kind_that_there_is_not_is_refused(own: Settings) -> None:
    with pytest.raises(BadInput, match="no kind 'calls'") as refused:
        await show_search(Search("price", kinds=("calls",)), as_json=False)
    assert "call_passages" in str(refused.value.next_step)


async def test_a_search_without_the_network_of_an_endpoint_finds_words_and_says_so(
    remembered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOPHIA_EMBEDDER", "endpoint")
    monkeypatch.setenv("SOPHIA_EMBEDDING_URLS", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SOPHIA_EMBEDDING_NAME", "bge")
    await show_search(Search("forty seats"), as_json=True)
    told = capsys.readouterr()
    assert json.loads(told.out)["passages"][0]["source"] == "call:7782"
    assert "Degraded: Only words were searched" in told.err


async def test_export_tells_what_is_known_and_leaves_a_file_alone(
    remembered: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "dana.json"
    await export("person:dana@acme.example", out)

    assert "forty seats" in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["subject"] == "person:dana@acme.example"
    with pytest.raises(BadInput, match="File exists"):
        await export("person:dana@acme.example", out)
    await export("thread:slack-C1-17", None)
    assert len(json.loads(capsys.readouterr().out)["sections"]["memory"]) == 2


async def test_what_is_forgotten_is_found_no_more_and_the_receipt_says_so(
    remembered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await forget("thread:slack-C1-17", yes=True, as_json=True) == 0
    receipt = json.loads(capsys.readouterr().out)

    assert receipt["removed"]["entries"] == 2
    assert receipt["done_at"]
    assert receipt["not_reached"]
    assert await found(capsys, "Ravi Menon", kinds=("conversation",)) == []
    _, _, kinds = await status(capsys)
    assert kinds["conversation"]["collections"][0]["points"] == 0


async def test_forgetting_waits_for_an_index_that_another_process_has(
    remembered: Settings, capsys: pytest.CaptureFixture[str], held: str
) -> None:
    assert await forget("thread:slack-C1-17", yes=True, as_json=False) == 1
    told = capsys.readouterr()
    assert "Removed: 2 entries" in told.out
    assert "Not done yet: waiting for the index" in told.err
    assert await found(capsys, "Ravi Menon", kinds=("conversation",)) == []


async def test_nothing_is_forgotten_without_a_yes(
    remembered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(BadInput, match="nobody is here to say yes"):
        await forget("thread:slack-C1-17", yes=False, as_json=False)
    assert len(await found(capsys, "Ravi Menon", kinds=("conversation",))) > 0


async def test_what_names_nothing_cannot_be_forgotten(remembered: Settings) -> None:
    with pytest.raises(NotUsable):
        await forget("everything", yes=True, as_json=False)


async def test_the_doctor_says_how_memory_stands(remembered: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    well = await memory_check(remembered)
    assert (well.state, well.detail.split(",")[0]) == ("ok", "3 entries")

    other = await memory_check(remembered.model_copy(update={"embedder": "minilm"}))
    assert (other.state, other.detail) == ("warn", "3 texts are not embedded by minilm-l6-384 yet")

    monkeypatch.setattr("memory.embedding.static.PACKAGE", "not_installed_here")
    missing = await memory_check(remembered)
    assert missing.state == "fail"
    assert missing.next_step


def test_the_commands_explain_themselves(alone: Sophia) -> None:
    for command in ("status", "search", "reindex", "forget", "export"):
        shown = alone.run("memory", command, "--help")
        assert shown.returncode == 0
        assert f"sophia memory {command}" in shown.stdout


def test_the_command_line_ends_with_2_for_wrong_use(alone: Sophia) -> None:
    assert alone.run("memory", "search", "price", "--kind", "calls").returncode == 2
    assert alone.run("memory", "search", "price", "--since", "yesterday").returncode == 2


async def ids(memory: OpenMemory) -> list[str]:
    """The ids of the vectors of the conversation."""
    assert memory.index is not None
    name = "conversation__wordllama-l2-256__v1"
    vector = (await memory.embedder.embed(["champion"]))[0]
    return [near.id for near in await memory.index.nearest(name, vector.tolist(), 10)]


@pytest.fixture
async def held(remembered: Settings) -> AsyncIterator[str]:
    """The id of a process that has the index, as a running `sophia serve` does."""
    folder = place_of(remembered).folder
    program = (
        "import os, sys; from pathlib import Path; from memory.vectors.lock import FolderLock;"
        f"lock = FolderLock(Path({str(folder)!r})); lock.take(); print(os.getpid(), flush=True); sys.stdin.read()"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.stdin.close()
    await process.wait()
