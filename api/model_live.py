"""What `sophia doctor --live` asks of the model's servers: whether each is there and serves the model."""

import asyncio

import httpx

from api.checks import Check
from core.llm.configured import addresses_of
from core.llm.endpoint import Address
from core.llm.wire import UNREADABLE, Refused, Wire
from core.settings import Settings

SECONDS = 10.0
NEXT = "`sophia model check` says what is wrong and what to do."


async def model_checks(settings: Settings) -> list[Check]:
    """One check for each server and model; none when no model is set up. Without one that answers calls still work."""
    every = [address for served in addresses_of(settings).values() for address in served]
    once = {(address.url, address.model): address for address in every}
    return list(await asyncio.gather(*(_check(address) for address in once.values())))


async def _check(address: Address) -> Check:
    name = f"Model: {address.server}"
    try:
        async with Wire(address, SECONDS) as wire:
            models = [entry["id"] for entry in (await wire.get("models"))["data"]]
    except Refused as refused:
        return Check(name, "warn", f"refuses ({refused.status})", NEXT)
    except (httpx.HTTPError, *UNREADABLE) as error:
        return Check(name, "warn", f"cannot be reached ({type(error).__name__})", NEXT)
    if address.model not in models:
        return Check(name, "warn", f"does not serve {address.model}", NEXT)
    return Check(name, "ok", f"serves {address.model}")
