"""How a call of any length is cut into windows that overlap, and each candidate given to the window that sees it best.

Pure arithmetic over the lines' costs in tokens: the same call and the same room give the same windows.
"""

from collections.abc import Iterable, Sequence

OVERLAP = 8
"""Lines that two windows share: about as far as the sentences of one finding lie apart (findings.REACH)."""
OVERLAP_SHARE = 4
"""A window shares at most one part in so many with the next one, so that small windows go on, too."""


def cut(costs: Sequence[int], room: int) -> tuple[range, ...]:
    """The windows over lines of these costs, each at most `room` tokens; a line that is longer stands alone."""
    windows: list[range] = []
    start = 0
    while start < len(costs):
        end = _end(costs, start, room)
        windows.append(range(start, end))
        if end == len(costs):
            break
        start = end - overlap_of(end - start)
    return tuple(windows)


def _end(costs: Sequence[int], start: int, room: int) -> int:
    end, left = start, room
    while end < len(costs) and (end == start or costs[end] <= left):
        left -= costs[end]
        end += 1
    return end


def grouped(costs: Sequence[int], room: int) -> tuple[range, ...]:
    """The same without overlap."""
    groups: list[range] = []
    while not groups or groups[-1].stop < len(costs):
        start = groups[-1].stop if groups else 0
        groups.append(range(start, _end(costs, start, room)))
    return tuple(groups)


def overlap_of(length: int) -> int:
    """How many of its lines a window of this length shares with the next one; always fewer than it has."""
    return min(OVERLAP, length // OVERLAP_SHARE)


def halves(window: range) -> tuple[range, range]:
    """The window in two that overlap; it must have two lines at least."""
    middle = window.start + len(window) // 2
    shared = min(overlap_of(len(window) // 2), len(window) - len(window) // 2 - 1)
    return range(window.start, middle + shared), range(middle, window.stop)


def best_window(lines: Iterable[int], windows: Sequence[range]) -> int | None:
    """The place of the window with most of these lines, and among equals the one where they lie farthest inside.

    None when no window has any: each candidate is ruled on once, by whoever sees most of what is around it.
    """
    known = list(lines)
    seen = [(sum(line in window for line in known), _depth(known, window), -n) for n, window in enumerate(windows)]
    best = max(seen, default=(0, 0, 0))
    return -best[2] if best[0] else None


def _depth(lines: Iterable[int], window: range) -> int:
    """How far the nearest of the lines is from either end of the window."""
    return min((min(line - window.start, window.stop - 1 - line) for line in lines if line in window), default=0)
