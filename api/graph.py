"""`sophia graph`: the network of agents, drawn from the graph itself."""

from pathlib import Path

from api.terminal import BadInput, notices, results
from graphs.dispatch.dispatch import Dispatch
from graphs.drawing import draw, ways
from graphs.flat import build_flat
from graphs.picture import flat_mermaid
from graphs.registry import installed


async def show_graph(png: Path | None) -> None:
    """The command: Mermaid on stdout, or a picture in a file."""
    registry = installed()
    graph = build_flat(registry, Dispatch(registry), None)
    if png is None:
        results().print(flat_mermaid(graph), markup=False, highlight=False, soft_wrap=True, end="")
        return
    try:
        draw(*ways(graph), png)
    except OSError as error:
        raise BadInput(f"{png} cannot be written: {error.strerror or error}") from error
    notices().print(f"Wrote {png}.", markup=False)
