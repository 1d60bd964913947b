"""Which file of people is in force: the owner's, from the settings or the data folder, or none."""

from pathlib import Path

from core.rights.people_file import PeopleFile, load_people
from core.settings import Settings

NAME = "people.toml"


def people_path(settings: Settings) -> Path | None:
    """The owner's file: that of the settings, else the one in the data folder; None where there is neither."""
    if settings.people_file is not None:
        return settings.people_file
    own = settings.data_dir / NAME
    return own if own.exists() or own.is_symlink() else None  # a link to nowhere is a mistake, not a wish


def people_in_force(settings: Settings) -> PeopleFile:
    """What the owner's file says of people. Raises ConfigurationError that says what is wrong with it."""
    return load_people(people_path(settings))
