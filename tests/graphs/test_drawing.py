"""The drawing of a graph: every node stands below those that lead to it, and every way is to be seen."""

import builtins
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageColor

from core.errors import ConfigurationError
from graphs.approval_workflow import build_approval_workflow
from graphs.call_workflow import build_call_workflow
from graphs.dispatch.dispatch import Dispatch
from graphs.drawing import EDGE, INK, Edge, Layout, draw, handing_on, layout, rows_of, ways
from graphs.flat import build_flat
from graphs.registry import AGENTS, Registry

Graph = tuple[Sequence[str], Sequence[Edge]]

OWN = Registry(AGENTS)
NETWORK: Graph = ways(build_flat(OWN, Dispatch(OWN), None))
GRAPHS: dict[str, Graph] = {
    "network": NETWORK,
    "call": ways(build_call_workflow(None)),
    "approval": ways(build_approval_workflow(None)),
    "two of three hand on": (
        ["__start__", "a", "b", "c", "__end__"],
        [
            *(("__start__", each) for each in "abc"),
            *(("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")),
            ("a", "__end__"),
            ("c", "__end__"),
        ],
    ),
    "a way past others": (["__start__", "a", "__end__"], [("__start__", "a"), ("__start__", "__end__")]),
}
every_graph = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)


def test_agents_stand_side_by_side_below_who_asks_them_and_above_who_makes_the_answer() -> None:
    steps = ["__start__", "arrive", "understand", "recall", "orchestrate"]
    assert rows_of(*NETWORK) == [*([step] for step in steps), [*AGENTS], ["compose"], ["remember"], ["__end__"]]
    assert handing_on(*NETWORK) == tuple(AGENTS)


@every_graph
def test_each_node_stands_once_and_below_all_that_lead_to_it_but_not_back(graph: Graph) -> None:
    nodes, edges = graph
    rows = rows_of(nodes, edges)
    row_of = {name: place for place, row in enumerate(rows) for name in row}
    assert sorted(name for row in rows for name in row) == sorted(nodes)
    assert all(row_of[source] <= row_of[target] for source, target in edges)
    level = {(source, target) for source, target in edges if row_of[source] == row_of[target]}
    assert all(_leads(target, source, edges) for source, target in level)


def _leads(source: str, target: str, edges: Sequence[Edge]) -> bool:
    found = {source}
    for _ in edges:
        found |= {end for start, end in edges if start in found}
    return target in found


@every_graph
def test_no_two_boxes_touch_and_all_are_within_the_picture(graph: Graph) -> None:
    standing = layout(*graph)
    for one, other in permutations(standing.boxes.values(), 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    for left, top, right, bottom in (*standing.boxes.values(), *standing.frames.values()):
        assert 0 < left < right < standing.size[0] and 0 < top < bottom < standing.size[1]


@every_graph
def test_every_node_and_every_way_is_drawn(graph: Graph, tmp_path: Path) -> None:
    nodes, edges = graph
    standing, picture = layout(nodes, edges), _drawn(graph, tmp_path)
    assert picture.size == standing.size
    for left, top, right, _ in standing.boxes.values():
        assert picture.getpixel(((left + right) // 2, top)) == ImageColor.getrgb(INK)
    for line in standing.ways.values():
        (x, y), (_, above) = line[-1], line[-2]
        assert picture.getpixel((x, (y + above) // 2)) == ImageColor.getrgb(EDGE)  # its last stretch, into the box
        assert picture.getpixel((line[0][0], (line[0][1] + line[1][1]) // 2)) == ImageColor.getrgb(EDGE)
    framed = {pair for row in standing.frames for pair in permutations(row, 2)}
    assert set(standing.boxes) == set(nodes)
    assert set(standing.ways) | framed == set(edges)
    assert _ends(standing)


def _drawn(graph: Graph, folder: Path) -> Any:
    draw(*graph, folder / "graph.png")
    with Image.open(folder / "graph.png") as picture:
        assert picture.format == "PNG"
        return picture.convert("RGB")


def _ends(standing: Layout) -> bool:
    """Whether each line begins at the foot of its first box and ends at the edge of its second."""
    boxes = standing.boxes
    begins = all(line[0][1] == boxes[source][3] for (source, _), line in standing.ways.items())
    return begins and all(line[-1][1] in boxes[target][1::2] for (_, target), line in standing.ways.items())


def test_the_picture_of_the_network_is_of_a_size_that_fits_a_screen(tmp_path: Path) -> None:
    width, height = _drawn(NETWORK, tmp_path).size
    assert 600 < width < 2000 and 400 < height < 1500
    assert (tmp_path / "graph.png").stat().st_size < 100_000


def test_without_pillow_it_says_how_to_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pillow(name: str, *others: Any) -> Any:
        if name.startswith("PIL"):
            raise ImportError(name)
        return real(name, *others)

    monkeypatch.setattr(builtins, "__import__", without_pillow)
    with pytest.raises(ConfigurationError, match="Pillow is not installed") as told:
        draw(*NETWORK, tmp_path / "graph.png")
    assert "pip install" in (told.value.next_step or "")
    assert not (tmp_path / "graph.png").exists()
