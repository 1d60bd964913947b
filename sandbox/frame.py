"""What every double is built from."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.clock import Clock, Pace
from sandbox.credentials import Credentials
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.requests import Requests
from sandbox.scopes import Scopes
from sandbox.store import Store
from sandbox.world import World


@dataclass(frozen=True)
class Frame:
    """One sandbox, shared by its doubles: `def build(frame: Frame) -> Starlette` makes each of them.

    `world` is what was read from the data folder, `store` what is true now (the doubles fill their tables from the
    world when these are new). `clock` tells the date, `pace` the services' seconds. `notes` says what of the data was
    left out and why; a double adds to it while it is built. `slack_schemas` is a folder with schemas of
    Slack's requests, to which every one is then held.
    """

    world: World
    store: Store
    faults: Faults
    limits: Limits
    requests: Requests
    scopes: Scopes
    credentials: Credentials
    clock: Clock
    pace: Pace
    notes: list[str]
    slack_schemas: Path | None = None

    @property
    def speed(self) -> float:
        """How many of the services' seconds pass in one of ours."""
        return self.pace.speed
