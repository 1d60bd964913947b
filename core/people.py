"""Who somebody is to Sophia, as far as a door has proven it."""

from core.analysis import Frozen


class Person(Frozen):
    """A person who asks for something. `email` is in lower case, None for the terminal's own; an admin may do all."""

    email: str | None = None
    name: str
    admin: bool = False


TERMINAL = Person(name="the terminal", admin=True)
"""Whoever may start Sophia's commands holds its database and its keys already."""
