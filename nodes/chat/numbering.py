"""Numbers for the sources of an answer: from 1, in the order in which they are met, one for the same source."""

from dataclasses import dataclass, field

from nodes.chat.shape import Citation


@dataclass
class Numbering:
    """`found` are the sources so far, by their numbers."""

    found: list[Citation] = field(default_factory=list)

    def of(self, citation: Citation) -> Citation:
        """The source with its number, a new one when it was not met before."""
        bare = citation.model_copy(update={"number": 0})
        known = next((one for one in self.found if one.model_copy(update={"number": 0}) == bare), None)
        if known is None:
            known = citation.model_copy(update={"number": len(self.found) + 1})
            self.found.append(known)
        return known
