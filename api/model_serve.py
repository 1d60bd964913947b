"""`sophia model serve`: the embedded model server, until it is told to stop."""

import asyncio
import signal
from dataclasses import dataclass

from api.logs import settings_with_logs
from api.terminal import notices, results
from core.errors import ConfigurationError
from core.llm.embedded import KEY_FILE, Serving, kept_key, start
from core.llm.weights import WeightsFolder
from core.settings import LOOPBACK_HOSTS, Settings


@dataclass(frozen=True)
class Wanted:
    """What the command was given."""

    model: str | None
    host: str
    port: int
    context: int
    parallel: int
    threads: int | None


async def serve_model(wanted: Wanted) -> None:
    """The command: loads, says which settings point Sophia here, and serves until SIGTERM or Ctrl-C."""
    settings = settings_with_logs()
    serving = _serving(settings, wanted)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    notices().print(f"Loading {serving.path.name} …", highlight=False)
    server = await asyncio.to_thread(start, serving)
    _tell(settings, serving)
    await stopped.wait()
    notices().print("Stopping.")
    del server  # closes its port and ends its threads


def _serving(settings: Settings, wanted: Wanted) -> Serving:
    if wanted.host not in LOOPBACK_HOSTS and settings.model_key is None:
        step = "Set SOPHIA_MODEL_KEY, and put a proxy with TLS before it: calls travel in the clear."
        raise ConfigurationError("a key of your own is needed to listen on anything but loopback", next_step=step)
    path = WeightsFolder(settings.data_dir).chosen(wanted.model)
    return Serving(
        path=path,
        name=path.stem,
        key=settings.model_key or kept_key(settings.data_dir),
        host=wanted.host,
        port=wanted.port,
        context=wanted.context,
        parallel=wanted.parallel,
        threads=wanted.threads,
    )


def _tell(settings: Settings, serving: Serving) -> None:
    """Prints the settings for Sophia; the key only by the place where it is."""
    lines = [
        f"SOPHIA_MODEL_URLS=http://{serving.host}:{serving.port}/v1",
        f"SOPHIA_MODEL_NAME={serving.name}",
        f"SOPHIA_MODEL_CONTEXT={serving.context}",
        f"SOPHIA_MODEL_PARALLEL={serving.parallel}",
    ]
    if settings.model_key is None:
        lines.append(f"SOPHIA_MODEL_KEY=$(cat {settings.data_dir / KEY_FILE})")
    results().print("\n".join(lines), soft_wrap=True, highlight=False, markup=False)
    notices().print("Serving. Next: with these settings, `sophia model check`.")
