"""The sandbox as a server: the three doubles, the switches and the page on one port of this machine."""

import importlib
import logging
import socket
import time
from collections.abc import Callable
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from sandbox.clock import Clock, Monotonic, Pace, SystemClock
from sandbox.control import control_routes
from sandbox.credentials import Credentials, kept_credentials
from sandbox.faults import Faults
from sandbox.frame import Frame
from sandbox.limits import Limits
from sandbox.requests import OnRequest, Requests
from sandbox.scopes import Scopes
from sandbox.serving import Served, Serving
from sandbox.store import META, Store
from sandbox.wire import by_prefix, counted
from sandbox.world import folder_digest, load_world

if TYPE_CHECKING:
    from sandbox.contract import Violations

LOOPBACK = "127.0.0.1"
PREFIXES = {"hubspot": "/hubspot", "gong": "/gong", "slack": "/slack/api"}
KEPT_WHEN_ANEW = ("credentials", "next.")
"""A client's settings stay right, and no id is ever given twice."""

log = logging.getLogger(__name__)


class SandboxServer(Served):
    """Serves a data folder as HubSpot, Gong and Slack from a thread of this process, on loopback only.

    `state` is the SQLite file where what was written survives between runs, None for memory. A state whose data
    folder has changed since starts anew: `started_anew` tells why. `clock` gives the date that the world is moved
    to when the state is new. `speed` is how many of the services' seconds pass in one of ours, and `monotonic` what
    ours are counted by. With `check_contract` every exchange is checked against sandbox/schemas (needs openapi-core);
    see `violations`. `slack_schemas` is a folder of JSON schemas that Slack's requests are held to as well.
    `on_request` may be set at any time and then hears of every request (see OnRequest).
    """

    def __init__(
        self,
        data: Path,
        state: Path | None = None,
        port: int = 0,
        speed: float = 1.0,
        clock: Clock | None = None,
        check_contract: bool = False,
        monotonic: Monotonic = time.monotonic,
        slack_schemas: Path | None = None,
    ) -> None:
        self.started_anew: str | None = None
        self.on_request: OnRequest | None = None
        self._data = data
        self._state = state
        self._port = port
        self._pace = Pace(speed, monotonic)
        self._clock = clock or SystemClock()
        self._check_contract = check_contract
        self._slack_schemas = slack_schemas
        self._frame: Frame | None = None
        self._violations: Violations | None = None
        self._serving: Serving | None = None

    @property
    def frame(self) -> Frame:
        """What the doubles stand on; there once the sandbox was started."""
        if self._frame is None:
            raise RuntimeError("the sandbox was not started")
        return self._frame

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def credentials(self) -> Credentials:
        """What a client must present."""
        return self.frame.credentials

    @property
    def violations(self) -> list[str]:
        """Exchanges that broke their schema so far; empty when they are not checked."""
        return [] if self._violations is None else list(self._violations.found)

    @property
    def slack_channel(self) -> str | None:
        """The id of the channel that is meant for calls, None when our bot is in no channel."""
        from sandbox.slack.workspace import call_channel

        return call_channel(self.frame.store)

    def environment(self) -> dict[str, str]:
        """The settings of Sophia that point at this sandbox."""
        return {
            "SOPHIA_HUBSPOT_BASE_URL": f"{self.url}{PREFIXES['hubspot']}",
            "SOPHIA_HUBSPOT_ACCESS_TOKEN": self.credentials.hubspot_token,
            "SOPHIA_GONG_BASE_URL": f"{self.url}{PREFIXES['gong']}",
            "SOPHIA_GONG_ACCESS_KEY": self.credentials.gong_access_key,
            "SOPHIA_GONG_ACCESS_KEY_SECRET": self.credentials.gong_access_key_secret,
            "SOPHIA_GONG_WEBHOOK_PUBLIC_KEY": self.credentials.gong_webhook_public_key,
            "SOPHIA_SLACK_BASE_URL": f"{self.url}{PREFIXES['slack']}/",
            "SOPHIA_SLACK_BOT_TOKEN": self.credentials.slack_token,
            "SOPHIA_SLACK_CHANNEL": self.slack_channel or "",
        }

    def start(self) -> Self:
        """Reads the data, opens the port and serves; raises WorldError for wrong data, OSError for a taken port."""
        listening = socket.create_server((LOOPBACK, self._port))
        try:
            self._port = listening.getsockname()[1]
            self._frame = self._make_frame()
            self._serving = Serving(self._app(self._frame), listening, "sandbox")
        except BaseException:
            listening.close()
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stops serving and closes the state; what was written stays readable in memory."""
        if self._serving is not None:
            self._serving.stop()
        if self._frame is not None:
            self._frame.store.close()

    def _make_frame(self) -> Frame:
        store = Store(self._state)
        try:
            world = load_world(self._data, self._anchor(store))
            return Frame(
                world=world,
                store=store,
                faults=Faults(),
                limits=Limits(self._pace),
                requests=Requests(),
                scopes=Scopes(),
                credentials=kept_credentials(store),
                clock=self._clock,
                pace=self._pace,
                notes=list(world.notes),
                slack_schemas=self._slack_schemas,
            )
        except BaseException:
            store.close()
            raise

    def _anchor(self, store: Store) -> datetime:
        """The moment that the world was moved to when this state was new; clears a state that no longer fits."""
        now = self._clock.now()
        meta = store.table(META)
        digest = folder_digest(self._data)
        if "world" in meta:
            loaded_at = datetime.fromisoformat(meta["world"]["loaded_at"])
            if meta["world"]["digest"] != digest:
                self.started_anew = f"the data in {self._data} have changed since this state was made"
            elif now < loaded_at:
                self.started_anew = f"the clock stands before {loaded_at.isoformat()}, when this state was made"
            else:
                return loaded_at
            log.warning("sandbox starts anew: %s", self.started_anew)
            store.clear(keep=KEPT_WHEN_ANEW)
        meta["world"] = {"digest": digest, "loaded_at": now.isoformat()}
        return now

    def _app(self, frame: Frame) -> ASGIApp:
        routes: list[BaseRoute] = list(control_routes(frame, lambda: self.violations))
        services: dict[str, ASGIApp] = {}
        for service, prefix in PREFIXES.items():
            build = _build_of(f"sandbox.{service}")
            if build is not None:
                double = build(frame)
                routes.extend(getattr(double.state, "switches", ()))
                services[prefix] = counted(service, self._checked(service, double), frame.requests, self._tell)
        page = _build_of("sandbox.page")
        if page is not None:
            routes.append(Mount("/", app=page(frame)))
        return by_prefix(services, Starlette(routes=routes))

    def _tell(self, when: Literal["before", "after"], service: str, method: str, path: str, nth: int) -> None:
        if self.on_request is not None:
            self.on_request(when, service, method, path, nth)

    def _checked(self, service: str, app: ASGIApp) -> ASGIApp:
        if not self._check_contract:
            return app
        from sandbox.contract import Violations, checked

        self._violations = self._violations or Violations()
        return checked(service, app, self._violations)


def _build_of(package: str) -> Callable[[Frame], Starlette] | None:
    """The `build` of a double's app module, imported only now; None when this sandbox was shipped without it."""
    if find_spec(package) is None or find_spec(f"{package}.app") is None:
        return None
    build: Callable[[Frame], Starlette] = importlib.import_module(f"{package}.app").build
    return build
