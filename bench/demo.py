"""How long the whole main job takes: `sophia demo` on a fresh folder, beside the same again with nothing to do."""

import json
import os
import subprocess
import sys
import tempfile

from bench.figure import Figure


def measure() -> list[Figure]:
    """Wall seconds of the demo's own report."""
    with tempfile.TemporaryDirectory() as folder:
        first, again = _demo_seconds(folder), _demo_seconds(folder)
    return [Figure("sophia demo, fresh", first, "s", again, "second run, nothing to do", "under 60 s")]


def _demo_seconds(folder: str) -> float:
    environment = {**os.environ, "SOPHIA_DATA_DIR": folder}
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", "--json"], env=environment, check=True, capture_output=True
    )
    return float(json.loads(done.stdout)["seconds"])
