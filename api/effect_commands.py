"""The commands on what Sophia did in HubSpot and Slack; each loads what it needs when it is called."""

from typing import Annotated

import typer

from api.command import JsonOption, carry_out

effect_app = typer.Typer(rich_markup_mode=None)


@effect_app.command(epilog="Examples: sophia ledger | sophia ledger 3351298813304244839 --json")
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

    carry_out(context, work)


@effect_app.command(epilog="Examples: sophia undo 3351298813304244839 --dry-run | sophia undo 39efdcb1 --yes")
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

    carry_out(context, work)


@effect_app.command(epilog="Examples: sophia drift | sophia drift --json")
def drift(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what people changed in HubSpot after Sophia wrote it.

    With both values, when it was noticed and what made the change. Asks HubSpot nothing: `sophia serve` looks.
    """

    async def work() -> None:
        from api.drift import show_drift

        await show_drift(as_json=as_json)

    carry_out(context, work)
