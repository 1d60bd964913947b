"""A model server in this process: llama.cpp's own, from the package xllamacpp, which is an optional extra.

It speaks the same API as any other, so Sophia reaches it by SOPHIA_MODEL_URLS like any other.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from core.errors import ConfigurationError

KEY_FILE: Final = "model.key"
INSTALL: Final = ".venv/bin/pip install 'xllamacpp>=2026.10.11549'"


@dataclass(frozen=True)
class Serving:
    """What is served and how: `context` is tokens of one request, of which `parallel` are answered at once."""

    path: Path
    name: str
    key: SecretStr
    host: str = "127.0.0.1"
    port: int = 8091
    context: int = 8192
    parallel: int = 2
    threads: int | None = None
    """CPU threads; those the process may use when None."""


def start(serving: Serving) -> Any:
    """Loads the model and listens, which takes seconds; it serves for as long as what is returned is kept.

    Raises ConfigurationError when xllamacpp is not installed or cannot load the file.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise ConfigurationError("xllamacpp is not installed", next_step=f"Run {INSTALL}") from error
    try:
        return xllamacpp.Server(_parameters(xllamacpp.CommonParams(), serving))
    except RuntimeError as error:
        step = "See that the file is a whole GGUF, the port is free and there is memory for this context."
        raise ConfigurationError(f"the model cannot be served ({error})", next_step=step) from error


def kept_key(data_dir: Path) -> SecretStr:
    """The key of this data folder's own server, made at first use; only its owner may read the file."""
    path = data_dir / KEY_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return SecretStr(path.read_text().strip())
    with os.fdopen(file, "w") as opened:
        key = secrets.token_urlsafe(32)
        opened.write(f"{key}\n")
    return SecretStr(key)


def _parameters(parameters: Any, serving: Serving) -> Any:
    parameters.model.path = str(serving.path)
    parameters.model_alias = {serving.name}
    parameters.hostnames = [serving.host]
    parameters.port = serving.port
    parameters.api_keys = [serving.key.get_secret_value()]
    parameters.n_parallel = serving.parallel
    parameters.n_ctx = serving.context * serving.parallel
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = serving.threads or _cpus()
    parameters.use_jinja = True  # the model's own chat template
    parameters.ui = False  # an API only
    return parameters


def _cpus() -> int:
    """CPUs this process may use, which a container may hold below the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
