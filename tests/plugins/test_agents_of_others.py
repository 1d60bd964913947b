"""Agents that other packages add: found, listed, drawn and asked like Sophia's own; a broken one keeps nobody away."""

from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.agents import agents_shown
from api.checks import Check, local_checks
from core.scope import Scope
from core.settings import Settings
from graphs.dispatch.dispatch import Dispatch
from graphs.drawing import ways
from graphs.flat import build_flat, run_turn
from graphs.picture import flat_mermaid
from graphs.plugins import GROUP, RESERVED
from graphs.registry import AGENTS, OWN, Registry, installed, registry_of
from memory.checkpoints import open_checkpoints
from memory.database import Database, sqlite_url
from nodes.chat.context import ChatContext
from nodes.chat.orchestrating import asked
from nodes.chat.shape import AgentReply, AgentTask, TurnAnswer
from nodes.spec import AgentSpec
from nodes.thread.context import Place, ThreadContext
from nodes.understanding.shape import Focus, Kind, Named, Request, Understood
from tests.nodes.querying.conftest import House, records_of
from tests.nodes.thread.talk import ListedMemory
from tests.plugins.packages import COMMISSION, install, install_module, written_down

DEAL = next(record for record in records_of("deals") if record["properties"].get("amount"))
NAMED = Named(type="deals", id=DEAL["id"], name=DEAL["properties"]["dealname"])
ASKED = f"what is my commission on {NAMED.name}?"


@pytest.fixture
def commission(site: Path) -> Registry:
    """The registry of a machine on which the example package is installed."""
    install(COMMISSION, site)
    return installed()


def test_an_installed_agent_is_found_with_where_it_is_from(commission: Registry) -> None:
    assert [*commission.agents] == [*AGENTS, "commission"]
    assert (commission.source("commission"), commission.source("crm_sync")) == ("sophia-commission 1.0.0", OWN)
    assert [spec.name for spec in commission.capable("Reckon the commission of a deal")] == ["commission"]
    assert commission.left_out == ()


async def test_it_is_listed(commission: Registry, tmp_path: Path) -> None:
    shown = await agents_shown(Settings(data_dir=tmp_path / "state"), commission, "commission")
    assert [(agent.name, agent.source, agent.converses) for agent in shown.agents] == [
        ("commission", "sophia-commission 1.0.0", True)
    ]


def test_it_is_drawn(commission: Registry) -> None:
    network = build_flat(commission, Dispatch(commission), None)
    edges = set(ways(network)[1])
    assert {("orchestrate", "commission"), ("crm_sync", "commission"), ("commission", "compose")} <= edges
    assert 'commission["commission"]' in flat_mermaid(network)


def request(text: str = ASKED, kind: Kind = "query", named: tuple[Named, ...] = (NAMED,)) -> Request:
    return Request(kind=kind, text=text, agents=("crm_sync",), named=named)


async def _answered(
    registry: Registry, house: House, folder: Path, wanted: Request, scope: Scope | None = None
) -> TurnAnswer:
    """The answer of the real network to a question that was understood so."""
    turn = house.asking() if scope is None else house.asking(scope)
    context = replace(turn, thread=ThreadContext(Place("t1", "person:ana", turn.scope), ListedMemory()))
    await (await Database.open(sqlite_url(folder))).close()
    async with open_checkpoints(sqlite_url(folder)) as checkpoints:
        return await run_turn(build_flat(registry, Dispatch(registry), checkpoints), context, wanted.text)


@pytest.fixture
def understood(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has every message understood as this request."""

    def understood_as(wanted: Request) -> Request:
        async def understand(question: str, focus: Focus, context: ChatContext) -> Understood:
            return Understood(requests=(wanted,))

        monkeypatch.setattr("nodes.chat.arriving.understood_as", understand)
        return wanted

    return understood_as


@pytest.mark.asyncio(loop_scope="module")
async def test_a_question_with_the_words_of_its_capability_is_asked_of_it(
    commission: Registry, house: House, tmp_path: Path, understood: Any
) -> None:
    answer = await _answered(commission, house, tmp_path, understood(request()))
    paid = float(DEAL["properties"]["amount"]) * 4 / 100
    assert answer.agents == ("commission",)
    assert answer.text.startswith(f"The commission of {NAMED.name} is {paid:,.2f}.")


@pytest.mark.asyncio(loop_scope="module")
async def test_it_tells_no_more_than_the_asker_may_see(
    commission: Registry, house: House, tmp_path: Path, understood: Any
) -> None:
    answer = await _answered(commission, house, tmp_path, understood(request()), Scope())
    assert answer.text == "I know of no amount of that deal that you may see."


@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_handed_a_question_by_its_capability(
    commission: Registry, house: House, tmp_path: Path, understood: Any
) -> None:
    handing = replace(AGENTS["crm_sync"], chat=_hands_on)
    registry = replace(commission, agents={**commission.agents, "crm_sync": handing})
    answer = await _answered(registry, house, tmp_path, understood(request("what do I get for it?")))
    assert answer.agents == ("commission",)


async def _hands_on(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    return AgentReply(agent=spec.name, handoff="reckon the commission of a deal")


def test_what_changes_something_is_never_asked_of_it(commission: Registry) -> None:
    order = request("set the commission of the deal to 5", kind="action")
    assert asked(order, commission.agents, commission.called_for) == ("crm_sync",)
    assert asked(request(), commission.agents, commission.called_for) == ("commission",)


@pytest.mark.parametrize(
    ("words", "called"),
    [
        ("Commission, please", "commission"),
        ("what is the COMMISSION on Acme?", "commission"),
        ("our commissioner called", None),
        ("deals closing this month", None),
    ],
)
def test_whole_words_of_a_capability_call_for_it(commission: Registry, words: str, called: str | None) -> None:
    assert commission.called_for(words) == called


def test_words_of_sophias_own_capabilities_call_for_nobody() -> None:
    assert Registry(AGENTS).called_for("please qualify leads") is None


AGENT = "from nodes.spec import AgentSpec\n\n\nasync def chat(spec, task, context): ...\n\n\nSPEC = "


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import there_is_no_such_module", "cannot be loaded: ModuleNotFoundError"),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit"),
        ("SPEC = 'an agent'", "it names a str, no AgentSpec"),
        (AGENT + "AgentSpec('crm_sync', 'sales', 'Mine.', ('x',), chat=chat)", "the name crm_sync is taken"),
        (AGENT + "AgentSpec('compose', 'sales', 'Mine.', ('x',), chat=chat)", "compose is one of Sophia's own graph"),
        (AGENT + "AgentSpec('messages', 'sales', 'Mine.', ('x',), chat=chat)", "messages is one of Sophia's own"),
        (AGENT + "AgentSpec('__end__', 'sales', 'Mine.', ('x',), chat=chat)", "its name is not made of"),
        (AGENT + "AgentSpec('other', 'sales', 'Mine.', 'words', chat=chat)", "not tuples of words"),
        (AGENT + "AgentSpec('other', 'sales', 'Mine.', ('x',), chat='chat')", "its chat node cannot be called"),
        (AGENT + "AgentSpec('other', 'sales', 'Mine.', ('x',), prompt='no.md', chat=chat)", "no file of its prompt"),
    ],
)
def test_a_package_that_cannot_be_used_is_left_out_and_named(site: Path, text: str, why: str) -> None:
    install_module(site, "broken_agent", text + "\n")
    with capture_logs() as logs:
        registry = installed()
    assert {**registry.agents} == {**AGENTS}
    (left_out,) = registry.left_out
    assert (left_out.entry_point, left_out.source) == ("broken_agent:SPEC", "broken_agent 0.1")
    assert why in left_out.why
    assert [(log["event"], log["log_level"]) for log in logs] == [("agent.left_out", "warning")]


def test_an_entry_point_that_is_no_name_of_anything_is_left_out() -> None:
    registry = registry_of([EntryPoint("odd", "not a module at all", GROUP)])
    assert [left_out.source for left_out in registry.left_out] == ["not a module at all"]


def test_every_step_and_channel_of_the_graph_is_kept_from_agents() -> None:
    network = build_flat(Registry(AGENTS), Dispatch(Registry(AGENTS)), None)
    taken = {*network.nodes, *network.channels} - set(AGENTS)
    assert {name for name in taken if not name.startswith(("__", "branch:"))} == RESERVED


def test_sophia_starts_beside_a_broken_package(site: Path, alone: Any) -> None:
    install_module(site, "broken_agent", "raise RuntimeError('half installed')\n")
    install(COMMISSION, site)
    path = {"PYTHONPATH": f"{site}:{Path(__file__).parents[2]}"}
    told = alone.run("agents", "--can", "commission", **path)
    assert told.returncode == 0
    assert "sophia-commission 1.0.0" in told.stdout
    assert "broken_agent:SPEC of broken_agent 0.1 is left out" in told.stderr


async def _agents_check(settings: Settings) -> Check:
    return {check.name: check async for check in local_checks(settings)}["Agents"]


async def test_the_doctor_says_whose_agents_load_and_names_those_that_do_not(site: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "state")
    install(COMMISSION, site)
    well = await _agents_check(settings)
    assert (well.state, well.detail) == ("ok", f"{len(AGENTS) + 1} load, with those of sophia-commission 1.0.0")
    written_down(site, "gone", "2.0", {"gone": "gone_agent:SPEC"})
    installed.cache_clear()
    wrong = await _agents_check(settings)
    assert wrong.state == "warn"
    assert "gone_agent:SPEC of gone 2.0 is left out" in wrong.detail
