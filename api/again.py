"""A call that is worked on once more: what a delivery asks for beyond the first time, and who carries it out."""

from core.analysis import Frozen


class Again(Frozen):
    """The payload of a call's delivery; the first time it is empty.

    `again` has the call go through all steps anew, though it was analysed. With `fetch` Gong is first asked whether it
    says anything else of the call by now; where it does not, nothing is done.
    """

    again: bool = False
    fetch: bool = False
