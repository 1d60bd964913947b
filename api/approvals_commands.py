"""The commands `sophia approvals …`. They are only declared here; each loads what it needs when it is called."""

from typing import Annotated

import typer

from api.command import carry_out

approvals_app = typer.Typer(
    name="approvals",
    help="See and answer what waits for a person's word.",
    epilog="Examples: sophia approvals | sophia approvals approve 12 --value 'Contract sent'",
    invoke_without_command=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, nothing else.")]
Numbers = Annotated[
    list[str] | None, typer.Argument(metavar="N...", help="Numbers, such as 12; 12.2 for what is asked a second time.")
]
CallOption = Annotated[str | None, typer.Option("--call", metavar="ID", help="All that waits of this call.")]


@approvals_app.callback()
def waiting(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what was answered, with how it ended.")] = False,
    call: Annotated[str | None, typer.Option("--call", metavar="ID", help="Only what one call asks.")] = None,
    as_json: JsonOption = False,
) -> None:
    """See and answer what waits for a person's word.

    Without a command it lists what waits: number, record, what would change, the quote behind it, who may answer and
    until when.
    """
    if context.invoked_subcommand is not None:
        return

    async def work() -> None:
        from api.approvals_shown import list_approvals

        await list_approvals(everything=everything, call_id=call, as_json=as_json)

    carry_out(context, work)


@approvals_app.command(epilog="Example: sophia approvals show 12")
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="N", help="Its number.")],
    as_json: JsonOption = False,
) -> None:
    """Show one request with everything that is known of it."""

    async def work() -> None:
        from api.approvals_shown import show_approval

        await show_approval(number, as_json=as_json)

    carry_out(context, work)


@approvals_app.command(
    epilog="Examples: sophia approvals approve 12 13 | sophia approvals approve 14 --value deals/301"
)
def approve(
    context: typer.Context,
    numbers: Numbers = None,
    value: Annotated[str | None, typer.Option(help="What to write instead of what is proposed.")] = None,
    call: CallOption = None,
) -> None:
    """Allow what is asked, and have it done at once.

    Exits with 1 when one of them was refused, or could not be done yet.
    """
    _check(numbers, call)
    if value is not None and (call is not None or len(numbers or []) != 1):
        raise typer.BadParameter("--value goes with one number")

    async def work() -> int:
        from api.approvals_answered import answer_approvals

        return await answer_approvals(numbers or [], "approve", call_id=call, value=value)

    carry_out(context, work)


@approvals_app.command(epilog="Example: sophia approvals reject 12 --reason 'Legal is not through'")
def reject(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why, in a few words.")],
    numbers: Numbers = None,
    call: CallOption = None,
) -> None:
    """Refuse what is asked, with a reason."""
    _check(numbers, call)

    async def work() -> int:
        from api.approvals_answered import answer_approvals

        return await answer_approvals(numbers or [], "reject", call_id=call, reason=reason)

    carry_out(context, work)


def _check(numbers: list[str] | None, call: str | None) -> None:
    if bool(numbers) == (call is not None):
        raise typer.BadParameter("give either numbers or --call")
