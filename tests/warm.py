"""The process that commands of the tests are forked from: it has imported all of Sophia, and opened and read nothing.

What a command does to its process is gone with that process, so no command finds anything of the one before.
"""

import importlib
from pathlib import Path

from tests.chaos.forkserver import load_modules, modules_of, serve

LATE = ("burner_redis", "tokenizers", "uvicorn.protocols.http.httptools_impl", "websockets")
"""What a command imports when it works on calls or serves. Not onnxruntime: that starts a thread."""


def load_the_rest() -> None:
    """Imports what only some commands need."""
    for name in (*modules_of("sandbox"), *LATE):
        importlib.import_module(name)


def be_alone() -> None:
    """Refuses to go on when something imported has started a thread, which no command would have."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"{threads} threads run before the first command is forked")


if __name__ == "__main__":
    serve(load_modules, load_the_rest, be_alone)
