"""Draws a graph as a picture, on this machine: rows of boxes from the first node down, and the ways between them.

Where things stand (`layout`) is worked out apart from painting them (`draw`). Pillow is loaded only here; it is the
extra `draw`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from langgraph.graph import END, START

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Edge = tuple[str, str]
Box = tuple[int, int, int, int]
Point = tuple[int, int]

WIDTH, HEIGHT, GAP, MARGIN = 190, 46, 26, 40
"""Of a box, between boxes of a row, and around the picture, in pixels."""
ROW: Final = 104
"""From one row to the next."""
ROOM: Final = 14
"""Between boxes and the frame around them."""
BETWEEN: Final = (ROW - HEIGHT) // 2
"""From a box to the middle between two rows, where lines go to the side."""
LANE: Final = 16
"""From one way that passes rows by to the next."""
ARROW: Final = 10
FONT_SIZE, SMALL_SIZE = 17, 13
INK, PAPER, EDGE, FILL, FILL_ENDS, FRAME = "#1f2430", "#ffffff", "#6b7589", "#eaf1fb", "#f3f3f3", "#f8fafd"
NAMES: Final = {START: "start", END: "end"}
HANDING_ON: Final = "each may hand on to every other"


@dataclass(frozen=True)
class Layout:
    """Where everything stands. `ways` are the lines of edges, `frames` go around boxes that all lead to each other."""

    size: Point
    boxes: Mapping[str, Box]
    ways: Mapping[Edge, Sequence[Point]]
    frames: Mapping[tuple[str, ...], Box]


def ways(graph: Any) -> tuple[list[str], list[Edge]]:
    """Nodes and edges of a compiled graph."""
    drawn = graph.get_graph()
    return list(drawn.nodes), list(dict.fromkeys((edge.source, edge.target) for edge in drawn.edges))


def draw(nodes: Sequence[str], edges: Sequence[Edge], file: Path) -> None:
    """Writes the picture as PNG. Raises ConfigurationError where Pillow is not installed."""
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise ConfigurationError(
            "Pillow is not installed", next_step="Run .venv/bin/pip install 'pillow>=12', or leave out --png."
        ) from error
    standing = layout(nodes, edges)
    image = Image.new("RGB", standing.size, PAPER)
    _paint(ImageDraw.Draw(image), standing)
    image.save(file, "PNG")


def layout(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """Where the boxes of these nodes and the lines of these edges stand."""
    rows = rows_of(nodes, edges)
    row_of = {name: place for place, row in enumerate(rows) for name in row}
    passing = [(source, target) for source, target in edges if row_of[target] - row_of[source] > 1]
    lanes = {edge: MARGIN + lane * LANE for lane, edge in enumerate(passing)}
    left, widest = len(lanes) * LANE, max(len(row) for row in rows)
    size = (left + 2 * MARGIN + widest * (WIDTH + GAP) - GAP, 2 * MARGIN + (len(rows) - 1) * ROW + HEIGHT)
    boxes = _boxes(rows, left, size[0])
    frames = {tuple(row): _frame([boxes[name] for name in row]) for row in rows if _all_hand_on(row, edges)}
    framed = {pair for row in frames for pair in permutations(row, 2)}
    lines = {edge: _line(boxes[edge[0]], boxes[edge[1]], lanes.get(edge)) for edge in edges if edge not in framed}
    return Layout(size, boxes, lines, frames)


def rows_of(nodes: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """The nodes in rows: each below all that lead to it, and those that lead to each other side by side."""
    reached = {node: _reached(node, edges) for node in nodes}
    beside = {node: {node, *(other for other in reached[node] if node in reached.get(other, ()))} for node in nodes}
    depths: dict[str, int] = {}

    def depth(node: str) -> int:
        if node not in depths:
            above = {source for source, target in edges if target in beside[node]} - beside[node]
            depths[node] = max((depth(source) + 1 for source in above), default=0)
        return depths[node]

    rows: dict[int, list[str]] = {}
    for node in nodes:
        rows.setdefault(depth(node), []).append(node)
    return [rows[row] for row in sorted(rows)]


def handing_on(nodes: Sequence[str], edges: Sequence[Edge]) -> tuple[str, ...]:
    """The nodes of the first row in which each leads to every other; none where there is no such row."""
    return next((tuple(row) for row in rows_of(nodes, edges) if _all_hand_on(row, edges)), ())


def _reached(node: str, edges: Sequence[Edge]) -> set[str]:
    """The nodes that this one leads to, whether at once or by others."""
    found: set[str] = set()
    following = [target for source, target in edges if source == node]
    while following:
        found |= set(following)
        following = [target for source, target in edges if source in following and target not in found]
    return found


def _boxes(rows: Sequence[Sequence[str]], lanes: int, width: int) -> Mapping[str, Box]:
    boxes: dict[str, Box] = {}
    for row, names in enumerate(rows):
        left = (lanes + width - len(names) * (WIDTH + GAP) + GAP) // 2
        top = MARGIN + row * ROW
        for place, name in enumerate(names):
            x = left + place * (WIDTH + GAP)
            boxes[name] = (x, top, x + WIDTH, top + HEIGHT)
    return boxes


def _all_hand_on(row: Sequence[str], edges: Sequence[Edge]) -> bool:
    """Whether each of these leads to every other: then one frame says it better than a line for each pair."""
    return len(row) > 1 and set(permutations(row, 2)) <= set(edges)


def _frame(boxes: Sequence[Box]) -> Box:
    return (boxes[0][0] - ROOM, boxes[0][1] - ROOM, boxes[-1][2] + ROOM, boxes[0][3] + ROOM)


def _line(source: Box, target: Box, lane: int | None) -> Sequence[Point]:
    """From the foot of one box to the head of another; within a row under the boxes from foot to foot.

    One that passes rows by goes down in a lane of its own beside them.
    """
    start, end = (source[0] + source[2]) // 2, (target[0] + target[2]) // 2
    if source[1] == target[1]:
        under = source[3] + ROOM // 2
        return ((start, source[3]), (start, under), (end, under), (end, target[3]))
    below, between = source[3] + BETWEEN, target[1] - BETWEEN
    if lane is not None:
        down = ((start, below), (lane, below), (lane, between), (end, between))
        return ((start, source[3]), *down, (end, target[1]))
    return ((start, source[3]), (start, between), (end, between), (end, target[1]))


def _paint(canvas: "ImageDraw", standing: Layout) -> None:
    for frame in standing.frames.values():
        canvas.rounded_rectangle(frame, radius=14, fill=FRAME, outline=EDGE, width=1)
    for line in standing.ways.values():
        _arrow(canvas, line)
    for frame in standing.frames.values():
        _words(canvas, (frame[0], frame[3] - ROOM + BETWEEN + 6), HANDING_ON, SMALL_SIZE, "la")
    for name, box in standing.boxes.items():
        canvas.rounded_rectangle(box, radius=10, fill=FILL_ENDS if name in NAMES else FILL, outline=INK, width=2)
        _words(canvas, ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2), NAMES.get(name, name), FONT_SIZE, "mm")


def _arrow(canvas: "ImageDraw", line: Sequence[Point]) -> None:
    """The line with a head at its end, which points down, or up from under the boxes of a row."""
    for pair in pairwise(line):
        canvas.line([min(pair), max(pair)], fill=EDGE, width=2)  # the same pixels in whichever direction it goes
    (x, y), before = line[-1], line[-2]
    back = y - ARROW if before[1] < y else y + ARROW
    canvas.polygon([(x, y), (x - ARROW // 2, back), (x + ARROW // 2, back)], fill=EDGE)


def _words(canvas: "ImageDraw", place: Point, words: str, size: int, anchor: str) -> None:
    from PIL import ImageFont

    canvas.text(place, words, fill=INK, font=ImageFont.load_default(size), anchor=anchor)
