"""`sophia doctor`: checks what Sophia needs, one by one, and says what to do about what is missing."""

from rich.table import Table
from rich.text import Text

from api.checks import Check, failed, local_checks
from api.live_checks import live_checks
from api.logs import settings_with_logs
from api.terminal import FAILED, results
from core.errors import ConfigurationError

STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}


async def examine(*, live: bool) -> int:
    """The command: checks this machine, with `live` also what the services say; 1 when something fails.

    Asking the services only reads.
    """
    try:
        settings = settings_with_logs()
    except ConfigurationError as error:
        return show([failed("Settings", error)])
    checks = [check async for check in local_checks(settings)]
    return show(checks + (await live_checks(settings) if live else []))


def show(checks: list[Check]) -> int:
    """Prints the checks and returns the exit code."""
    table = Table("", "check", "how it stands", "what to do", highlight=False)
    for check in checks:
        state = Text(check.state, style=STYLES[check.state])
        table.add_row(state, Text(check.name), Text(check.detail), Text(check.next_step or ""))
    results().print(table)
    return FAILED if any(check.state == "fail" for check in checks) else 0
