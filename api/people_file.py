"""Which file of people is in force: the owner's, from the settings or the data folder, or none."""

from pathlib import Path
from typing import Final

import structlog

from core.edited_file import EditedFileError
from core.rights.people_file import PeopleFile, load_people
from core.settings import Settings

NAME: Final = "people.toml"

Stamp = tuple[Path, int, int, int]
"""A file as it is now: where it stands, when it was written, how long it is, and which one it is on the disk."""

log = structlog.get_logger(__name__)


def people_path(settings: Settings) -> Path | None:
    """The owner's file: that of the settings, else the one in the data folder; None where there is neither."""
    if settings.people_file is not None:
        return settings.people_file
    own = settings.data_dir / NAME
    return own if own.exists() or own.is_symlink() else None  # a link to nowhere is a mistake, not a wish


def people_in_force(settings: Settings) -> PeopleFile:
    """What the owner's file says of people. Raises ConfigurationError that says what is wrong with it."""
    return load_people(people_path(settings))


class PeopleKept:
    """What the owner's file says now, read anew when it was changed. Raises ConfigurationError where it begins wrong.

    While it is wrong, or gone, what it said last counts: a slip in it gives nobody more rights, and takes none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen = self._stamp()
        self._file = people_in_force(settings)

    def now(self) -> PeopleFile:
        """The file as it was last right."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            self._read()
        return self._file

    def _read(self) -> None:
        if self._seen is None:
            log.warning("people.file_gone", next_step="Put it back, or start Sophia again to do without it.")
            return
        try:
            self._file = load_people(self._seen[0])
        except EditedFileError as error:
            log.warning("people.file_not_usable", detail=str(error), next_step=error.next_step)

    def _stamp(self) -> Stamp | None:
        path = people_path(self._settings)
        try:
            about = path.stat() if path else None
        except OSError:
            return None
        return (path, about.st_mtime_ns, about.st_size, about.st_ino) if path and about else None
