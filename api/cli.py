"""The command `sophia`. Commands are only declared here; each loads what it needs when it is called.

Exit codes: 0 done; 1 something failed; 2 wrong use, bad input or wrong settings; 130 interrupted.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from api.approvals_commands import approvals_app
from api.model_commands import model_app
from api.policy_commands import policy_app

app = typer.Typer(
    name="sophia",
    help="Sophia reads your Gong calls, keeps HubSpot true and tells Slack, with a quote for every claim.",
    epilog="See it work: sophia demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(approvals_app)
app.add_typer(model_app)
app.add_typer(policy_app)

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
    again: Annotated[
        bool, typer.Option("--again", help="Ask Gong for it anew, and do what follows where it says something else.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Analyse one call and show what was found.

    Each item comes with its quote. With a call's id the whole work is done: it is fetched from Gong, HubSpot is kept
    and Slack is told. With --file it is only analysed.
    """
    if (call_id is None) == (file is None):
        raise typer.BadParameter("give either a call id or --file")
    if again and file is not None:
        raise typer.BadParameter("--again is for a call of Gong, not for a file")

    async def work() -> int | None:
        from api.analyze import analyze_call, analyze_file

        if file is not None:
            return await analyze_file(file, as_json=as_json)
        return await analyze_call(str(call_id), as_json=as_json, again=again)

    _carry_out(context, work)


@app.command(epilog="Examples: sophia reanalyze --since 30d --dry-run | sophia reanalyze --call 3351298813304244839")
def reanalyze(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option(help="Calls since then: days (90d), weeks (12w) or a date; all if not given.")
    ] = None,
    call: Annotated[list[str] | None, typer.Option("--call", metavar="ID", help="Only these calls.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be different and store nothing.")] = False,
    as_json: JsonOption = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most so many calls.")] = None,
) -> None:
    """Analyse again what would come out otherwise now.

    That is so where the analyst, the model, its prompt or the transcript is another than when the call was analysed.
    Notes, tasks and properties follow by the rules; what was done is not done twice. It can be stopped and given again:
    it goes on where it was. Exits with 1 when a call was left, or the model did not answer.
    """

    async def work() -> int:
        from api.reanalyze import reanalyze

        return await reanalyze(since=since, call_ids=call or (), dry_run=dry_run, as_json=as_json, limit=limit)

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


@app.command(epilog="Example: sophia prune --dry-run")
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

    _carry_out(context, work)


@app.command(epilog="Examples: sophia inbox | sophia inbox --retry 3351298813304244839 | sophia inbox --json")
def inbox(
    context: typer.Context,
    which: Annotated[
        list[str] | None, typer.Argument(metavar="[ID|CALL]...", help="Only these; all that there are if not given.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Make them due again, parked or waiting.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what waits, is worked on or was parked, and why.

    Calls, answers to approvals and undos, each with its tries, the step it stands at and since when.
    """

    async def work() -> None:
        from api.inbox import show_inbox

        await show_inbox(which or (), retry=retry, as_json=as_json)

    _carry_out(context, work)


@app.command(epilog="Examples: sophia ledger | sophia ledger 3351298813304244839 --json")
def ledger(
    context: typer.Context,
    call_id: Annotated[str | None, typer.Argument(help="Gong's id of a call: all that was done for it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what Sophia did in HubSpot and Slack.

    Each effect with its key, the values before and after, and what became of it; without a call's id the latest of all.
    """

    async def work() -> None:
        from api.ledger import show_ledger

        await show_ledger(call_id, as_json=as_json)

    _carry_out(context, work)


@app.command(epilog="Examples: sophia undo 3351298813304244839 --dry-run | sophia undo 39efdcb1 --yes")
def undo(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="CALL|EFFECT", help="Gong's id of a call, or the key of an effect (6 digits do).")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back what Sophia did for a call, or one effect.

    A value is put back, and a note or task archived, only where nobody has changed it since. `sophia ledger` lists the
    effects. Exits with 1 when something was left as it is, or HubSpot is away: then the order is kept.
    """

    async def work() -> int:
        from api.undo import undo

        return await undo(target, dry_run=dry_run, yes=yes, as_json=as_json)

    _carry_out(context, work)


@app.command(epilog="Examples: sophia drift | sophia drift --json")
def drift(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what people changed in HubSpot after Sophia wrote it.

    With both values, when it was noticed and what made the change. Asks HubSpot nothing: `sophia serve` looks.
    """

    async def work() -> None:
        from api.drift import show_drift

        await show_drift(as_json=as_json)

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
