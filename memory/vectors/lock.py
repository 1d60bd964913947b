"""One process at a time at an embedded Chroma: two at one folder lose vectors without a word.

`chroma.lock` is locked by the system, so the lock of a process that was killed is free at once. `chroma.holder` says
for a person who has it. `chroma.open` stands there while Chroma is open, and after a crash. `chroma.id` tells this
folder from any other.
"""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK: Final = "chroma.lock"
HOLDER: Final = "chroma.holder"
MARK: Final = "chroma.open"
ID: Final = "chroma.id"
OURS: Final = frozenset({LOCK, HOLDER, MARK, ID})
"""Files in the folder that are not Chroma's."""

NEXT_STEP: Final = "Stop it, or run `chroma run` and set SOPHIA_CHROMA_URL to it in both: several may share a server."


class FolderLock:
    """The right to open Chroma in this folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: BaseFileLock | None = None
        self._marked = False

    def take(self) -> None:
        """Takes the folder, which is made when it is not there; at once or not at all.

        Raises ConfigurationError that names who has it.
        """
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / LOCK, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise ConfigurationError(
                f"Chroma in {self.folder} is in use by {self._holder()}", next_step=NEXT_STEP
            ) from None
        self._lock = lock
        try:
            self._write(HOLDER, json.dumps(_ourselves()))
        except OSError:
            self.give_back()
            raise

    def give_back(self, *, in_order: bool = True) -> None:
        """Lets another process have it, once Chroma is closed. Without `in_order` it counts as left open."""
        if self._lock is None:
            return
        if self._marked and in_order:
            (self.folder / MARK).unlink(missing_ok=True)
        self._marked = False
        (self.folder / HOLDER).unlink(missing_ok=True)
        self._lock.release()
        self._lock = None

    def left_open(self) -> str | None:
        """A name for the opening that never came to its end, None when whoever was here last closed Chroma."""
        mark = self.folder / MARK
        return mark.read_text(errors="replace") if mark.exists() else None

    def mark(self) -> None:
        """Says that Chroma is about to be opened; giving the folder back takes that away."""
        self._write(MARK, uuid4().hex)
        self._marked = True

    def identity(self) -> str:
        """This folder's own id, given to it once; to be asked for by whoever has the folder."""
        if (known := identity_of(self.folder)) is None:
            self._write(ID, known := uuid4().hex)
        return known

    def _holder(self) -> str:
        try:
            about = json.loads((self.folder / HOLDER).read_text())
            return f"process {about['pid']} on {about['host']} since {about['since']}"
        except (OSError, ValueError, KeyError, TypeError):  # it is just taking or leaving it
            return "another process"

    def _write(self, name: str, text: str) -> None:
        beside = self.folder / f"{name}.new"
        beside.write_text(text)
        beside.replace(self.folder / name)


def identity_of(folder: Path) -> str | None:
    """The id of a folder, None as long as it has none."""
    file = folder / ID
    return file.read_text(errors="replace") if file.exists() else None


def _ourselves() -> dict[str, str | int]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
