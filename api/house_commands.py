"""The commands that set Sophia up, run it and try it out; each loads what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from api.command import JsonOption, carry_out

house_app = typer.Typer(rich_markup_mode=None)

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="World to serve; the bundled one if not given.")
]


@house_app.command(epilog="Example: sophia setup")
def setup(context: typer.Context) -> None:
    """Make Sophia's properties in HubSpot, where they are missing."""

    async def work() -> None:
        from api.setup import set_up

        await set_up()

    carry_out(context, work)


@house_app.command(epilog="Example: sophia doctor --live")
def doctor(
    context: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Also ask Gong, HubSpot, Slack and your model's servers; reads only.")
    ] = False,
) -> None:
    """Check what Sophia needs and say what to do.

    Looks at settings, rules, database, memory, jobs, the analyst and how your model is set up; with --live also at
    what the accounts' credentials can do, custom properties, pipelines, owners and whether the model is there. Exits
    with 1 when something fails.
    """

    async def work() -> int:
        from api.doctor import examine

        return await examine(live=live)

    carry_out(context, work)


@house_app.command(epilog="Example: SOPHIA_PORT=8080 sophia serve")
def serve(context: typer.Context) -> None:
    """Run webhook door, worker and poller in one process.

    Ends at SIGTERM or Ctrl-C, after the work under way is done.
    """

    async def work() -> None:
        from api.serve import serve

        await serve()

    carry_out(context, work)


@house_app.command(epilog="Example: sophia prune --dry-run")
def prune(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove what is older than the SOPHIA_KEEP_ settings say.

    `sophia serve` does so every hour. What is unfinished or waits for somebody is never removed.
    """

    async def work() -> None:
        from api.prune import prune

        await prune(dry_run=dry_run)

    carry_out(context, work)


@house_app.command(epilog="Example: sophia sandbox --data ./world --port 9009")
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

    carry_out(context, work)


@house_app.command(epilog="Examples: sophia demo | sophia demo --data ./world --json")
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

    carry_out(context, work)
