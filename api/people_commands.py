"""The commands `sophia people …`. They are only declared here; each loads what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from api.command import JsonOption, carry_out

people_app = typer.Typer(
    name="people",
    help="See who is who and what each may read, and check the file that says so.",
    epilog="Example: sophia people list",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@people_app.command(epilog="Example: sophia people init")
def init(context: typer.Context) -> None:
    """Put a file of people, with every key explained, into the data folder, to be edited.

    Refuses where one is already.
    """

    async def work() -> None:
        from api.people import start_people

        await start_people()

    carry_out(context, work)


@people_app.command(epilog="Examples: sophia people check | sophia people check ./people.toml --json")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The file to check; the one in force if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a file of people. Asks nothing of HubSpot; `sophia people list` shows what comes of both.

    Exits with 2 when the file cannot be used, and says what is wrong with it.
    """

    async def work() -> int | None:
        from api.people import check_people

        return await check_people(file, as_json=as_json)

    carry_out(context, work)


@people_app.command("list", epilog="Example: sophia people list --json")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show who is who: role, teams, what each reads, and where that is from.

    Reads the owners from HubSpot where that is set up; changes nothing.
    """

    async def work() -> None:
        from api.people_shown import show_people

        await show_people(as_json=as_json)

    carry_out(context, work)
