"""`sophia model pull` and `sophia model list`: the weights in the data folder."""

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.terminal import notices, results
from core.llm.weights import WeightsFolder

MEGABYTE = 1_000_000


async def pull_weights(source: str, sha256: str, name: str | None) -> None:
    """The command: brings the file here and says how to serve it."""
    folder = WeightsFolder(settings_with_logs().data_dir)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=notices(),
    )
    with bar:
        task = bar.add_task("pulling", total=None)
        pulled = await folder.pull(source, sha256, name, lambda done, of: bar.update(task, completed=done, total=of))
    results().print(Text(f"{pulled.name}: {pulled.path} ({pulled.size / MEGABYTE:.0f} MB)"), soft_wrap=True)
    notices().print(f"Next: sophia model serve --model {pulled.name}", soft_wrap=True, highlight=False)


async def list_weights() -> None:
    """The command: what is here, by name."""
    here = WeightsFolder(settings_with_logs().data_dir).all()
    if not here:
        notices().print("No model was pulled. Next: sophia model pull SOURCE --sha256 HASH")
        return
    table = Table("name", "MB", "SHA-256", highlight=False)
    for weights in here:
        table.add_row(Text(weights.name), f"{weights.size / MEGABYTE:.0f}", weights.sha256)
    results().print(table)
