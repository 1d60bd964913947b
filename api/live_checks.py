"""The checks of `sophia doctor --live`: what the services say the credentials can do. They only read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from api.checks import Check, failed
from api.model_live import model_checks
from core.errors import ConfigurationError, SophiaError
from core.settings import Settings
from tools.gong.client import GongClient
from tools.hubspot.client import HubSpotClient
from tools.hubspot.port import CrmGateway
from tools.hubspot.properties import DEFINITIONS
from tools.slack.client import SlackClient


class Client(Protocol):
    """What the three clients have in common."""

    async def check(self) -> Mapping[str, str]: ...

    async def close(self) -> None: ...


C = TypeVar("C", bound=Client)
Question = Callable[[str, C], Awaitable[Check]]
"""Something asked of one client, under the name of its check."""


async def live_checks(settings: Settings) -> list[Check]:
    """Everything the three services can be asked without changing anything, asked side by side."""
    portal: dict[str, Question[HubSpotClient]] = {
        "HubSpot: account": _account,
        "HubSpot: properties": _properties,
        "HubSpot: pipelines": _pipelines,
        "HubSpot: owners": _owners,
    }
    found = await asyncio.gather(
        _service("Gong", GongClient.from_settings, settings, {}),
        _service("HubSpot", HubSpotClient.from_settings, settings, portal),
        _service("Slack", SlackClient.from_settings, settings, {}),
    )
    return [check for checks in found for check in checks] + await model_checks(settings)


async def _service(
    service: str, make: Callable[[Settings], C], settings: Settings, questions: Mapping[str, Question[C]]
) -> list[Check]:
    """What the credential can do, and the answers to the questions; nothing when it is not set up (told locally)."""
    try:
        client = make(settings)
    except ConfigurationError:
        return []
    try:
        return [*await _abilities(service, client), *[await _answer(*item, client) for item in questions.items()]]
    finally:
        await client.close()


async def _abilities(service: str, client: Client) -> list[Check]:
    try:
        can = await client.check()
    except SophiaError as error:
        return [failed(service, error)]
    return [_ability(f"{service}: {what}", said) for what, said in can.items()]


async def _answer(name: str, question: Question[C], client: C) -> Check:
    try:
        return await question(name, client)
    except SophiaError as error:
        return failed(name, error)


def _ability(name: str, said: str) -> Check:
    return Check(name, "ok", "yes") if said == "ok" else Check(name, "fail", said, "Give the credential what it lacks.")


async def _account(name: str, crm: CrmGateway) -> Check:
    account = await crm.account()
    return Check(name, "ok", f"portal {account.portal_id}, time zone {account.time_zone or 'unknown'}")


async def _properties(name: str, crm: CrmGateway) -> Check:
    missing = [
        f"{type}.{definition.name}"
        for type, definitions in DEFINITIONS.items()
        for definition in definitions
        if definition.name not in await crm.property_names(type)
    ]
    if missing:
        return Check(name, "warn", f"missing: {', '.join(missing)}", "Run `sophia setup`.")
    return Check(name, "ok", "all of Sophia's own are there")


async def _pipelines(name: str, crm: CrmGateway) -> Check:
    pipelines = await crm.pipelines()
    if not any(pipeline.stages for pipeline in pipelines):
        return Check(name, "fail", "no deal pipeline has a stage", "Make a deal pipeline in HubSpot.")
    return Check(name, "ok", ", ".join(f"{p.label} ({len(p.stages)} stages)" for p in pipelines))


async def _owners(name: str, crm: CrmGateway) -> Check:
    active = [owner for owner in await crm.owners() if not owner.archived]
    addressed = [owner for owner in active if owner.email]
    if not addressed:
        next_step = "Without addresses nobody can be told in Slack; see the users of HubSpot."
        return Check(name, "warn", f"{len(active)} owners, none with an address", next_step)
    return Check(name, "ok", f"{len(active)} owners, {len(addressed)} with an address")
