"""The command `sophia`, put together from its groups of commands.

Exit codes: 0 done; 1 something failed; 2 wrong use, bad input or wrong settings; 130 interrupted.
"""

from typing import Annotated

import typer

from api.approvals_commands import approvals_app
from api.ask_commands import ask_app
from api.call_commands import call_app
from api.effect_commands import effect_app
from api.house_commands import house_app
from api.memory_commands import memory_app
from api.model_commands import model_app
from api.people_commands import people_app
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
for commands in (
    house_app,
    ask_app,
    call_app,
    effect_app,
    approvals_app,
    policy_app,
    people_app,
    model_app,
    memory_app,
):
    app.add_typer(commands)


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options that stand before the command."""
    context.obj = debug


def main() -> None:
    """The entry point of the command `sophia`."""
    app(prog_name="sophia")


if __name__ == "__main__":
    main()
