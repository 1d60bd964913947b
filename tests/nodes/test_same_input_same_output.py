"""The same call gives the same analysis, byte for byte, whatever process reads it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALLS = ROOT / "sandbox" / "data" / "calls"


@pytest.mark.parametrize("call_id", ["3351298813304244839", "8985511615544123761"])
def test_two_processes_whose_hashes_differ_say_the_same_of_a_call(call_id: str) -> None:
    command = [sys.executable, "-m", "api.cli", "analyze", "--file", str(CALLS / f"{call_id}.json"), "--json"]
    said = [
        subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=120
        ).stdout
        for seed in ("1", "4711")
    ]
    assert said[0] == said[1]
    assert b'"quote"' in said[0]
