"""What asking costs: a turn around its agent, an answer without a model, a long thread, and the prompts of a model.

Over the demo's world with its calls worked through. With .weights/smollm2.gguf and xllamacpp installed a conversation
is had with a real model server, too, which takes some minutes.
"""

import asyncio
import tempfile
from pathlib import Path

from bench.asked.house import run_demo
from bench.asked.orchestration import orchestration
from bench.asked.prefix import prefix
from bench.asked.queries import queries
from bench.figure import Figure


def measure() -> list[Figure]:
    """The figures of each part, in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_demo(folder)
        return [*asyncio.run(queries(folder)), *asyncio.run(orchestration(folder)), *prefix(folder)]
