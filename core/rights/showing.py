"""What may be shown at a venue: only what the asker and every member of it may read; the rest goes to the asker alone.

Whatever does not add up (members that are not known, an asker who is not among them, a member whose rights were not
worked out) shows nothing.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Literal

from core.rights.directory import Directory
from core.rights.people_file import ReadRules, address_of
from core.rights.rights import Asker, rights_of
from core.rights.venue import CHANNELS, Venue
from core.scope import NOTHING, Scope, said_at, said_by

Showing = Literal["here", "asker", "nobody"]
"""To whom something is shown: to all who are there, to the asker alone (a DM, no message in the channel), to nobody."""


def askers_at(venue: Venue, directory: Directory, rules: ReadRules) -> tuple[Asker, ...]:
    """The rights of everybody who is known to be there."""
    return tuple(rights_of(member, directory, rules) for member in sorted(venue.members or ()))


def scope_at(asker: Asker, venue: Venue, members: Sequence[Asker]) -> Scope:
    """What may be shown there to all at once, by the rights of the asker and of the members (`askers_at`)."""
    there = (asker, *members)
    if any(each.role is None for each in there) or not _all_are_known(asker, venue, members):
        return NOTHING
    shared = reduce(Scope.meet, (each.scope for each in there))
    if venue.is_alone_with(asker.person.email):
        return shared
    said_there = Scope(audiences=shared.audiences | {said_at(venue.id)})
    return said_there.model_copy(update={"every_record": shared.every_record})


def audience_at(asker: Asker, venue: Venue) -> str:
    """The audience of what is said there, by the asker and to them."""
    return said_by(asker.known_by) if venue.is_alone_with(asker.person.email) else said_at(venue.id)


def showing(audiences: Iterable[str | None], asker: Asker, here: Scope) -> Showing:
    """To whom an answer may be shown that was made of what carries these audiences; `here` is the venue's scope."""
    carried = frozenset(audiences)
    if not all(asker.scope.allows(audience) for audience in carried):
        return "nobody"
    return "here" if all(here.allows(audience) for audience in carried) else "asker"


def shown_to_asker_alone(audiences: Iterable[str | None], asker: Asker, here: Scope) -> bool:
    """Whether the asker may be shown the answer, and not everybody there."""
    return showing(audiences, asker, here) == "asker"


def _all_are_known(asker: Asker, venue: Venue, members: Sequence[Asker]) -> bool:
    """Whether it is known who is there, and what each of them may read; another company's people never are."""
    if venue.members is None or venue.kind == "shared_channel":
        return False
    own = address_of(asker.person.email)
    if venue.kind in CHANNELS and own not in venue.members:
        return False
    worked_out = {own, *(address_of(member.person.email) for member in members)} - {""}
    return venue.members <= worked_out
