"""The checks of `sophia doctor`: each looks at one thing and says how it stands and what to do about it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from api.people import NO_FILE
from api.people import warnings_of as people_warnings_of
from api.people_file import people_in_force, people_path
from api.policy import warnings_of
from api.policy_file import policy_in_force, policy_path
from api.storage import database_shown, open_records
from core.calls import Call, Sentence, Transcript, Turn
from core.errors import SophiaError
from core.jobs import Jobs
from core.llm import Role
from core.llm.configured import addresses_of
from core.settings import Settings
from memory.inbox import DeliveryStatus
from tools.gong.client import GongClient
from tools.gong.webhook import GongWebhook
from tools.hubspot.client import HubSpotClient
from tools.hubspot.webhook import HubSpotWebhook
from tools.slack.client import SlackClient

UNSETTLED_AFTER = timedelta(hours=1)
"""An effect takes seconds from its plan to its end; one this old was left by a process that died or an outage."""


@dataclass(frozen=True)
class Check:
    """How one thing stands; `next_step` says what to do when it is not ok."""

    name: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    next_step: str | None = None


def failed(name: str, error: Exception) -> Check:
    """The check that ended in this error."""
    if isinstance(error, SophiaError):
        return Check(name, "fail", str(error), error.next_step)
    return Check(name, "fail", f"{type(error).__name__}: {error}")


async def local_checks(settings: Settings) -> AsyncIterator[Check]:
    """Everything that can be looked at without asking a service."""
    for check in (_settings, _policy, _people, _agents, _webhook, _hubspot_changes, _channel, _analyst, _model):
        yield check(settings)
    for name, read in (
        ("Gong settings", GongClient.from_settings),
        ("HubSpot settings", HubSpotClient.from_settings),
        ("Slack settings", SlackClient.from_settings),
    ):
        yield await _credentials(name, read, settings)
    yield await _database(settings)
    yield await _memory(settings)
    yield await _queue(settings)


def _settings(settings: Settings) -> Check:
    if settings.fixed_clock is not None:
        return Check("Settings", "warn", f"time stands still at {settings.fixed_clock}", "Unset SOPHIA_FIXED_CLOCK.")
    if settings.service_speed != 1:
        detail = f"the services' limits are taken {settings.service_speed:g} times as fast as they are"
        return Check("Settings", "warn", detail, "Unset SOPHIA_SERVICE_SPEED unless this is the sandbox.")
    return Check("Settings", "ok", f"read; data in {settings.data_dir}")


def _policy(settings: Settings) -> Check:
    try:
        policy, place = policy_in_force(settings), policy_path(settings)
    except SophiaError as error:
        return failed("Policy", error)
    if warnings := warnings_of(policy):
        return Check("Policy", "warn", "; ".join(warnings), "`sophia policy check` shows what the rules amount to.")
    return Check("Policy", "ok", f"the rules of {place}" if place else "the rules that come with Sophia")


def _people(settings: Settings) -> Check:
    try:
        people, place = people_in_force(settings), people_path(settings)
    except SophiaError as error:
        return failed("People", error)
    if warnings := [*people_warnings_of(people)] if place else []:
        return Check("People", "warn", "; ".join(warnings), "`sophia people list` shows who may read what.")
    return Check("People", "ok", f"{len(people.person)} named in {place}" if place else NO_FILE)


def _agents(settings: Settings) -> Check:
    """Loads Sophia's agents and those of other packages, as every process does that answers questions."""
    from graphs.registry import installed

    registry = installed()
    if registry.left_out:
        told = "; ".join(f"{one.entry_point} of {one.source} is left out: {one.why}" for one in registry.left_out)
        return Check("Agents", "warn", told, "Mend or remove that package; docs/agents.md says what an agent must be.")
    others = ", ".join(sorted(set(registry.sources.values())))
    return Check("Agents", "ok", f"{len(registry.agents)} load" + (f", with those of {others}" if others else ""))


def _webhook(settings: Settings) -> Check:
    try:
        door = GongWebhook.from_settings(settings)
    except SophiaError as error:
        return failed("Gong webhook", error)
    if door is None:
        next_step = "Set SOPHIA_GONG_WEBHOOK_PUBLIC_KEY and SOPHIA_GONG_WEBHOOK_URL to hear of calls at once."
        return Check(
            "Gong webhook", "warn", f"refused; calls are looked for every {settings.poll_minutes:g} min", next_step
        )
    return Check("Gong webhook", "ok", "its signature can be checked")


def _hubspot_changes(settings: Settings) -> Check:
    """How changes made in HubSpot are heard of: a key without webhooks leaves the looking."""
    name, minutes = "HubSpot changes", settings.hubspot_poll_minutes
    try:
        door = HubSpotWebhook.from_settings(settings)
    except SophiaError as error:
        return failed(name, error)
    if door is not None:
        return Check(name, "ok", "told by webhook" + (f", and looked for every {minutes:g} min" if minutes else ""))
    if minutes:
        return Check(name, "ok", f"looked for every {minutes:g} min; no webhook is set up")
    next_step = "Set SOPHIA_HUBSPOT_POLL_MINUTES, or the webhook as docs/hubspot-changes.md says."
    return Check(name, "warn", "nobody tells of them and nobody looks", next_step)


def _channel(settings: Settings) -> Check:
    if settings.slack_channel is None:
        return Check(
            "Slack channel", "warn", "only deal owners are told of calls", "Set SOPHIA_SLACK_CHANNEL to its id."
        )
    return Check("Slack channel", "ok", settings.slack_channel)


def _analyst(settings: Settings) -> Check:
    """Loads the model data and has them read a sentence."""
    from nodes.call_analysis.extractive import ExtractiveAnalyst

    said = Sentence(start_ms=0, end_ms=1000, text="I will send you the contract tomorrow.")
    transcript = Transcript(call_id="check", turns=(Turn(speaker_id="1", sentences=(said,)),))
    try:
        analyst = ExtractiveAnalyst()
        analyst.analyse(Call(id="check"), transcript)
    except Exception as error:  # whatever is wrong with the model data is what is to be told
        detail = f"cannot be read: {type(error).__name__}: {error}"
        return Check("Model data", "fail", detail, "They ship with Sophia: install it again.")
    return Check("Model data", "ok", f"the {analyst.name} analyst reads")


def _model(settings: Settings) -> Check:
    served = addresses_of(settings)
    if not served:
        return Check("Model", "ok", "none set up; calls are read without one (docs/model.md)")
    from api.model import patience_of
    from nodes.call_analysis.judging import MORE_ROOM, least_context

    deep, least = served[Role.DEEP], least_context()
    if settings.model_context < least:
        detail = f"its context of {settings.model_context} tokens is too small for calls: {least} are the least"
        return Check("Model", "fail", detail, MORE_ROOM)
    if patience_of(settings) < timedelta(seconds=settings.model_call_seconds):
        detail = (
            f"a call is given up after {patience_of(settings).total_seconds():g} s, before SOPHIA_MODEL_CALL_SECONDS"
        )
        return Check("Model", "warn", detail, "Raise SOPHIA_STUCK_AFTER_MINUTES to a quarter more than those seconds.")
    return Check("Model", "ok", f"{deep[0].model} at {', '.join(address.server for address in deep)}")


async def _credentials(name: str, read: Callable[[Settings], Any], settings: Settings) -> Check:
    try:
        client = read(settings)
    except SophiaError as error:
        return failed(name, error)
    await client.close()
    return Check(name, "ok", "complete")


async def _database(settings: Settings) -> Check:
    try:
        shown = database_shown(settings)
        async with open_records(settings) as records:
            counts = await records.inbox.counts()
            calls = sum((await records.calls.counts()).values())
            unsettled = len(await records.ledger.unsettled(UNSETTLED_AFTER))
    except SophiaError as error:
        return failed("Database", error)
    if parked := counts[DeliveryStatus.PARKED]:
        detail = f"{shown}: {calls} calls, {parked} parked"
        return Check("Database", "warn", detail, "`sophia inbox` says why they were parked.")
    if unsettled:
        detail = f"{shown}: {unsettled} effects were begun over an hour ago and have not ended"
        return Check("Database", "warn", detail, "Run `sophia serve`, which ends them; `sophia inbox` says what waits.")
    return Check("Database", "ok", f"{shown}: {calls} calls, none parked")


async def _memory(settings: Settings) -> Check:
    from api.memory_check import memory_check

    return await memory_check(settings)


async def _queue(settings: Settings) -> Check:
    redis = settings.redis_url.get_secret_value() if settings.redis_url else None
    try:
        async with Jobs(redis, "sophia", settings.concurrency):
            return Check(
                "Jobs", "ok", "shared through Redis" if redis else "in this process; unfinished work is stored"
            )
    except SophiaError as error:
        return failed("Jobs", error)
