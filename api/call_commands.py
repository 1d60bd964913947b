"""The commands that work on calls; each loads what it needs when it is called."""

from typing import Annotated

import typer

from api.command import JsonOption, carry_out

call_app = typer.Typer(rich_markup_mode=None)


@call_app.command(epilog="Examples: sophia analyze 3351298813304244839 | sophia analyze --file call.json --json")
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
    no_model: Annotated[
        bool, typer.Option("--no-model", help="With --file: without your model, though one is set up.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Analyse one call and show what was found.

    Each item comes with its quote. With a call's id the whole work is done: it is fetched from Gong, HubSpot is kept
    and Slack is told. With --file it is only analysed, by your model too where one is set up (SOPHIA_MODEL_URLS).
    """
    if (call_id is None) == (file is None):
        raise typer.BadParameter("give either a call id or --file")
    if again and file is not None:
        raise typer.BadParameter("--again is for a call of Gong, not for a file")
    if no_model and file is None:
        raise typer.BadParameter("--no-model is for a file, not for a call of Gong")

    async def work() -> int | None:
        from api.analyze import analyze_call, analyze_file

        if file is not None:
            return await analyze_file(file, as_json=as_json, with_model=not no_model)
        return await analyze_call(str(call_id), as_json=as_json, again=again)

    carry_out(context, work)


@call_app.command(epilog="Example: sophia backfill --since 90d")
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

    carry_out(context, work)


@call_app.command(
    epilog="Examples: sophia reanalyze --since 30d --dry-run | sophia reanalyze --call 3351298813304244839"
)
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

    carry_out(context, work)


@call_app.command(epilog="Examples: sophia inbox | sophia inbox --retry 3351298813304244839 | sophia inbox --json")
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

    carry_out(context, work)
