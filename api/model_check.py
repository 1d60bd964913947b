"""`sophia model check`: what each model server can do, for a person or a program."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.terminal import FAILED, notices, results
from core.errors import ConfigurationError
from core.llm.configured import addresses_of
from core.llm.endpoint import Address
from core.llm.examining import NEEDED, Ability, Examined, examine
from core.llm.port import Role
from core.settings import Settings, addresses

SHOWN: Final[Mapping[Ability, str]] = {
    "reachable": "reachable",
    "model": "serves the model",
    "streaming": "streaming",
    "usage": "tokens told in streams",
    "json_schema": "strict json_schema",
    "tools": "native tools",
    "cached_tokens": "cached tokens told",
    "context": "context",
}


async def check_model(urls: Sequence[str], name: str | None, *, as_json: bool) -> int:
    """The command: asks every server and prints what it can do; 1 when one lacks what Sophia needs."""
    settings = settings_with_logs()
    asked = _asked(settings, urls, name)
    found = await asyncio.gather(*(examine(address, settings.model_timeout_seconds) for address in asked))
    if as_json:
        _print_json(asked, found)
    else:
        for address, examined in zip(asked, found, strict=True):
            _show(address, examined, settings)
    return 0 if all(examined.usable for examined in found) else FAILED


def _asked(settings: Settings, urls: Sequence[str], name: str | None) -> list[Address]:
    """The addresses to ask, each once. A key goes to no server but those it was set for, or the first that is tried."""
    known = {(address.url, address.model): address for role in Role for address in _of_role(settings, role)}
    if not urls and not known:
        step = "Set SOPHIA_MODEL_URLS and SOPHIA_MODEL_NAME, or give --url; docs/model.md shows how to get a server."
        raise ConfigurationError("no model is set up", next_step=step)
    if not urls:
        return list(known.values())
    by_url = {address.url: address for address in reversed(known.values())}
    key = None if known else settings.model_key
    wanted = [by_url.get(url, Address(url, key, "")) for url in addresses(",".join(urls))]
    return [Address(at.url, at.key, name or at.model, at.key_setting) for at in wanted]


def _of_role(settings: Settings, role: Role) -> Sequence[Address]:
    return addresses_of(settings).get(role, ())


def _print_json(asked: Sequence[Address], found: Sequence[Examined]) -> None:
    servers = [
        {"url": address.url, "usable": examined.usable, **examined.model_dump(mode="json")}
        for address, examined in zip(asked, found, strict=True)
    ]
    whole = {"usable": all(examined.usable for examined in found), "servers": servers}
    results().print_json(json.dumps(whole))


def _show(address: Address, examined: Examined, settings: Settings) -> None:
    lacking = {lack.ability: lack for lack in examined.lacking}
    table = Table(
        "", "what", "how it stands", "what to do", title=Text(f"{address.url} {examined.model}"), highlight=False
    )
    for ability, label in SHOWN.items():
        if ability in lacking:
            state, style = ("fail", "red") if ability in NEEDED else ("warn", "yellow")
            lack = lacking[ability]
            table.add_row(Text(state, style=style), label, Text(lack.detail), Text(lack.next_step))
        elif ability in examined.abilities:
            table.add_row(Text("ok", style="green"), label, Text(_detail(ability, examined)), "")
    results().print(table)
    if examined.context is not None and examined.context < settings.model_context:
        told = f"SOPHIA_MODEL_CONTEXT is {settings.model_context}, more than the {examined.context} of this server."
        notices().print(f"Next: set it to {examined.context}. {told}", highlight=False)


def _detail(ability: Ability, examined: Examined) -> str:
    """The figures that go with an ability."""
    if ability == "model":
        return ", ".join(examined.models[:8])
    if ability == "context":
        return f"{examined.context} tokens"
    if ability == "streaming":
        speeds = {"prompt": examined.prompt_speed, "answer": examined.generation_speed}
        told = ", ".join(f"{what} {speed:g} tokens/s" for what, speed in speeds.items() if speed is not None)
        return told or "yes"
    return "yes"
