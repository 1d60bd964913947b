"""How a message goes on from the turns before it, and what the next one may go on from."""

from nodes.understanding.following.completing import completed
from nodes.understanding.following.focusing import next_focus

__all__ = ["completed", "next_focus"]
