"""A worker is called gone only when that is certain."""

import os
import subprocess
import sys

from core.identity import is_gone, worker_name


def test_no_two_workers_have_one_name() -> None:
    assert worker_name() != worker_name()


def test_a_worker_of_a_running_process_is_not_gone() -> None:
    assert not is_gone(worker_name())


def test_a_worker_whose_process_ended_is_gone() -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    name = worker_name().replace(f"|{os.getpid()}|", f"|{int(ended.stdout)}|")
    assert is_gone(name)


def test_a_worker_of_another_machine_is_not_judged() -> None:
    assert not is_gone(f"elsewhere{worker_name()}".replace(f"|{os.getpid()}|", "|999999999|"))


def test_a_name_of_another_form_is_not_judged() -> None:
    for name in ("", "another", "a|b", "a|b|c|d|e"):
        assert not is_gone(name)
