"""The record of the kind that an action is done to, where another was spoken of: the deal of a company."""

from collections.abc import Sequence

from nodes.understanding.following.pointing import Pointed, which
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Named


def of_kind(named: Named, type: str, lexicon: Lexicon) -> Pointed:
    """The record itself where it is of this kind; else the one that bears its name, or the question which."""
    if named.type == type:
        return Pointed(named)
    found = bearing(named, type, lexicon)
    return Pointed(found[0]) if len(found) == 1 else Pointed(doubt=which((type,), found))


def bearing(named: Named, type: str, lexicon: Lexicon) -> Sequence[Named]:
    """Records of this kind that bear the name of the record, or as much of its beginning as any other one does."""
    words = named.name.split()
    for length in range(len(words), 0, -1):
        mentions = lexicon.names.mentions(" ".join(words[:length]))
        found = [one for mention in mentions[:1] for one in mention.candidates if one.type == type]
        if any(one.id != named.id for one in found):
            return list(dict.fromkeys(found))
    return ()
