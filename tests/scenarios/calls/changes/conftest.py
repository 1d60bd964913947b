"""The house after Acme's call, people at work on HubSpot's own pages, and what HubSpot tells of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest

from memory.crm_events import StoredEvent
from nodes.crm_changes.handled import Handled
from nodes.crm_changes.handling import handle_changes


@dataclass
class People:
    """What people do on HubSpot's pages, and Sophia's hearing of it."""

    house: Any
    numbers: Any = field(default_factory=count)

    async def change(self, type: str, id: str, **properties: str) -> None:
        """Somebody sets properties, and HubSpot tells."""
        await self.edit(type, id, **properties)
        await self.tell(type, id, *properties)

    async def edit(self, type: str, id: str, **properties: str) -> None:
        """The same, and nobody tells."""
        await self._do("change", type=type, id=id, properties=properties)

    async def delete(self, type: str, id: str) -> None:
        """Somebody deletes a record, and HubSpot tells."""
        await self.remove(type, id)
        await self.tell(type, id, kind="deletion")

    async def remove(self, type: str, id: str, into: str | None = None) -> None:
        """Somebody deletes a record, or has it go into another, and nobody tells."""
        if into is None:
            await self._do("archive", type=type, id=id)
        else:
            await self._do("merge", type=type, primary=into, merged=id)

    async def restore(self, type: str, id: str) -> None:
        """Somebody takes a record out of the bin, and HubSpot tells."""
        table: Any = self.house.table(f"hubspot.{type}")
        table[id] = {**table[id], "archived": False}
        await self.tell(type, id, kind="restore")

    async def merge(self, type: str, primary: str, merged: str) -> None:
        """Somebody makes one record of two, and HubSpot tells."""
        await self.remove(type, merged, into=primary)
        await self.tell(type, primary, kind="merge", merged_ids=(merged,))

    async def tell(self, type: str, id: str, *properties: str, **about: Any) -> None:
        """HubSpot tells of a record: one event for each property, or one about the whole."""
        events = [self.event(type, id, property=name, **about) for name in properties or (None,)]
        await self.house.context.records.crm_events.accept(events)

    def event(self, type: str, id: str, **about: Any) -> StoredEvent:
        """An event that was never told of before."""
        event = {"key": f"e{next(self.numbers)}", "kind": "change", "source": "CRM_UI", "object_type": type}
        given = {"object_id": id, "occurred_at": self.house.clock.now()}
        return StoredEvent.model_validate(event | given | about)

    async def heard(self, limit: int = 1000) -> Handled:
        """Handles what was told."""
        return await handle_changes(self.house.context, limit)

    async def _do(self, what: str, **order: Any) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.house.server.url}/_sandbox/hubspot/{what}", json=order)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def house(world: Any, open_house: Any) -> Any:
    """The house after the call: Acme's deal has Sophia's properties, and its stage waits for a person's word."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    return house


@pytest.fixture
def people(house: Any) -> People:
    return People(house)


@pytest.fixture
def people_of() -> Callable[[Any], People]:
    """People of another house."""
    return People
