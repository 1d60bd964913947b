"""One process at a time at a folder of Chroma."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from memory.vectors.lock import HOLDER, FolderLock, identity_of
from tests.servers import ROOT

HOLD = """
import sys
from pathlib import Path
from memory.vectors.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.take()
lock.mark()
print("taken", flush=True)
sys.stdin.read()
lock.give_back()
"""


class Holder:
    """Another process that has the folder."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"taken\n"
        self.pid = self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def end(self) -> None:
        self._process.communicate(b"")


def test_a_second_process_is_refused_and_told_who_has_the_folder_and_what_to_do(folder: Path) -> None:
    holder = Holder(folder)

    with pytest.raises(ConfigurationError, match=f"process {holder.pid} on .* since 20") as refused:
        FolderLock(folder).take()

    assert refused.value.next_step is not None
    assert "chroma run" in refused.value.next_step
    assert "SOPHIA_CHROMA_URL" in refused.value.next_step
    holder.end()


def test_a_folder_given_back_can_be_taken_and_was_not_left_open(folder: Path) -> None:
    Holder(folder).end()

    lock = FolderLock(folder)
    lock.take()
    assert lock.left_open() is None
    lock.give_back()


def test_the_folder_of_a_killed_process_is_free_at_once_and_was_left_open(folder: Path) -> None:
    holder = Holder(folder)
    holder.kill()

    lock = FolderLock(folder)
    lock.take()
    assert lock.left_open() is not None
    assert json.loads((folder / HOLDER).read_text())["pid"] == os.getpid()
    lock.give_back()
    assert lock.left_open() is not None, "only whoever opens Chroma and closes it again takes the mark away"


def test_a_folder_given_back_out_of_order_counts_as_left_open(folder: Path) -> None:
    lock = FolderLock(folder)
    lock.take()
    lock.mark()
    lock.give_back(in_order=False)
    assert lock.left_open() is not None


def test_a_folder_has_an_id_of_its_own_that_stays(folder: Path) -> None:
    assert identity_of(folder) is None
    lock, other = FolderLock(folder), FolderLock(folder.with_name("other"))
    lock.take()
    other.take()
    assert lock.identity() == lock.identity() == identity_of(folder)
    assert lock.identity() != other.identity()
    lock.give_back()
    other.give_back()


def test_the_same_process_cannot_take_a_folder_twice(folder: Path) -> None:
    lock = FolderLock(folder)
    lock.take()

    with pytest.raises(ConfigurationError, match=str(os.getpid())):
        FolderLock(folder).take()
    lock.give_back()
    FolderLock(folder).give_back()


@pytest.mark.parametrize("written", ["", "no json", "[]", '{"pid": 7}'])
def test_a_holder_that_cannot_be_read_is_another_process(folder: Path, written: str) -> None:
    lock = FolderLock(folder)
    lock.take()
    (folder / HOLDER).write_text(written)

    with pytest.raises(ConfigurationError, match="another process"):
        FolderLock(folder).take()
    lock.give_back()
