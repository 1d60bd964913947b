"""The command `sophia`. Commands are only declared here; each loads what it needs when it is called.

Exit codes: 0 done; 1 something failed; 2 wrong use, bad input or wrong settings; 130 interrupted.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="sophia",
    help="Sophia reads your Gong calls, keeps HubSpot true and tells Slack, with a quote for every claim.",
    epilog="See it work: sophia demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="World to serve; the bundled one if not given.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")]


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options that stand before the command."""
    context.obj = debug


@app.command(epilog="Example: sophia setup")
def setup(context: typer.Context) -> None:
    """Make Sophia's properties in HubSpot, where they are missing."""

    async def work() -> None:
        from api.setup import set_up

        await set_up()

    _carry_out(context, work)


@app.command(epilog="Example: sophia doctor --live")
def doctor(
    context: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="Also ask Gong, HubSpot and Slack; reads only.")] = False,
) -> None:
    """Check what Sophia needs and say what to do.

    Looks at settings, database, jobs and model data; with --live also at what the accounts' credentials can do, custom
    properties, pipelines and owners. Exits with 1 when something fails.
    """

    async def work() -> int:
        from api.doctor import examine

        return await examine(live=live)

    _carry_out(context, work)


@app.command(epilog="Example: sophia sandbox --data ./world --port 9009")
def sandbox(
    context: typer.Context,
    data: DataOption = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on loopback; 0 takes a free one.")] = 9009,
    speed: Annotated[float, typer.Option(min=0.1, help="How much faster than real the services' time runs.")] = 1.0,
) -> None:
    """Stand in for Gong, HubSpot and Slack on this machine.

    Runs until Ctrl-C and prints the settings that point Sophia at it.
    """

    async def work() -> None:
        from api.sandbox import run_sandbox

        await run_sandbox(data, port, speed)

    _carry_out(context, work)


@app.command(epilog="Example: sophia backfill --since 90d")
def backfill(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="How far back: days (90d), weeks (12w) or a date (2026-01-31).")],
) -> None:
    """Work through past calls.

    Goes on where it was interrupted; what was done is not done again.
    """

    async def work() -> None:
        from api.backfill import backfill_since

        await backfill_since(since)

    _carry_out(context, work)


@app.command(epilog="Examples: sophia analyze 3351298813304244839 | sophia analyze --file call.json --json")
def analyze(
    context: typer.Context,
    call_id: Annotated[
        str | None, typer.Argument(help="Gong's id of a call: fetch it and do all there is to do.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="F", help="Only analyse this file; - reads stdin. Needs no services."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Analyse one call and show what was found.

    Each item comes with its quote. With a call's id the whole work is done: it is fetched from Gong, HubSpot is kept
    and Slack is told. With --file it is only analysed.
    """
    if (call_id is None) == (file is None):
        raise typer.BadParameter("give either a call id or --file")

    async def work() -> int | None:
        from api.analyze import analyze_call, analyze_file

        if file is not None:
            return await analyze_file(file, as_json=as_json)
        return await analyze_call(str(call_id), as_json=as_json)

    _carry_out(context, work)


@app.command(epilog="Examples: sophia demo | sophia demo --data ./world --json")
def demo(
    context: typer.Context,
    data: DataOption = None,
    as_json: JsonOption = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox up until Ctrl-C, to look around.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what former demos of this world did.")] = False,
) -> None:
    """Let Sophia work through a sandbox and report.

    The counts crm_writes, notes, tasks, messages and requests tell what this run did; calls, analysed, failed,
    findings and approvals how things stand after it. A second run on the same data finds nothing to do.
    """

    async def work() -> None:
        from api.demo import run_demo

        await run_demo(data, as_json=as_json, keep=keep, fresh=fresh)

    _carry_out(context, work)


@app.command(epilog="Example: SOPHIA_PORT=8080 sophia serve")
def serve(context: typer.Context) -> None:
    """Run webhook door, worker and poller in one process.

    Ends at SIGTERM or Ctrl-C, after the work under way is done.
    """

    async def work() -> None:
        from api.serve import serve

        await serve()

    _carry_out(context, work)


@app.command(epilog="Example: sophia inbox --retry")
def inbox(
    context: typer.Context,
    retry: Annotated[bool, typer.Option("--retry", help="Make parked and waiting deliveries due again.")] = False,
) -> None:
    """Show calls that wait or were parked, and why."""

    async def work() -> None:
        from api.inbox import show_inbox

        await show_inbox(retry=retry)

    _carry_out(context, work)


def main() -> None:
    """The entry point of the command `sophia`."""
    app(prog_name="sophia")


def _carry_out(context: typer.Context, work: Callable[[], Awaitable[int | None]]) -> None:
    """Runs a command's work; what that imports counts as its work, so that an error there is told like any other."""
    from api.terminal import carry_out

    carry_out(work, debug=context.obj)


if __name__ == "__main__":
    main()
