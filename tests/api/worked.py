"""Worlds in which calls were worked on to the end: each is made once, and copied for every test that begins there."""

import shutil
from pathlib import Path

from api.wiring import open_services
from core.settings import Settings, load_settings
from sandbox.server import SandboxServer

SPEED = 50.0
"""How much faster than real the sandbox's time runs."""

DOOR = "http://127.0.0.1/webhooks/gong"
STATE = "state"
SERVICES = "services.db"


class WorkedWorlds:
    """Keeps what Sophia and the services knew once calls of this data folder were worked on."""

    def __init__(self, data: Path, folder: Path) -> None:
        self._data = data
        self._folder = folder
        self._made: dict[tuple[str, ...], Path] = {}

    async def copy(self, calls: tuple[str, ...], folder: Path) -> Path:
        """Puts Sophia's state into this folder, with the services' beside it: the file that is returned."""
        if calls not in self._made:
            self._made[calls] = await self._make(calls)
        shutil.copytree(self._made[calls], folder, dirs_exist_ok=True)
        return folder / SERVICES

    async def _make(self, calls: tuple[str, ...]) -> Path:
        folder = self._folder / "-".join(calls)
        folder.mkdir()
        async with (
            SandboxServer(self._data, folder / SERVICES, speed=SPEED) as server,
            open_services(settings_of(environment_of(server, folder))) as services,
        ):
            for call_id in calls:
                delivery, _ = await services.intake.accept(call_id, "test")
                await services.worker.work(str(delivery.id))
        return folder


def environment_of(server: SandboxServer, folder: Path) -> dict[str, str]:
    """The variables that point Sophia at these services, with its state in this folder."""
    own = {
        "SOPHIA_DATA_DIR": str(folder / STATE),
        "SOPHIA_SERVICE_SPEED": str(SPEED),
        "SOPHIA_GONG_WEBHOOK_URL": DOOR,
        "SOPHIA_EMBEDDER": "static",
    }
    return server.environment() | own


def settings_of(environment: dict[str, str]) -> Settings:
    """The settings that these variables give."""
    return load_settings(**{name.removeprefix("SOPHIA_").lower(): value for name, value in environment.items()})
