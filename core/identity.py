"""Who holds a lease: a name no other worker has, from which it can be told that its process is gone."""

import os
import socket
from pathlib import Path
from uuid import uuid4


def worker_name() -> str:
    """A new name: machine, process and a part that is never given twice."""
    return f"{_machine()}|{os.getpid()}|{uuid4().hex}"


def is_gone(name: str) -> bool:
    """Whether the worker of this name ran on this machine in a process that is there no more.

    Anything less certain is False: then its lease has to run out. A process of another container is never judged.
    """
    machine, _, rest = name.rpartition("|")[0].rpartition("|")
    return machine == _machine() and rest.isdigit() and not _runs(int(rest))


def _machine() -> str:
    """The machine, and on Linux the group of processes in which a process id means the same."""
    processes = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}|{processes.readlink() if processes.is_symlink() else ''}"


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there, but not ours
        return True
    return True
