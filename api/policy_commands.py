"""The commands `sophia policy …`. They are only declared here; each loads what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from api.command import JsonOption, carry_out

policy_app = typer.Typer(
    name="policy",
    help="See, check and explain the rules on what Sophia may write.",
    epilog="Example: sophia policy explain 74408 dealstage",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@policy_app.command(epilog="Examples: sophia policy check | sophia policy check ./policy.toml --json")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The file to check; the one in force if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a policy file and show what its rules amount to.

    Warns of rules that can never match. Exits with 2 when the file cannot be used, and says what is wrong with it.
    """

    async def work() -> int | None:
        from api.policy import check_policy

        return await check_policy(file, as_json=as_json)

    carry_out(context, work)


@policy_app.command(epilog="Example: sophia policy explain 74408 dealstage --value 'Contract sent' --confidence 0.9")
def explain(
    context: typer.Context,
    deal: Annotated[str, typer.Argument(help="HubSpot's id of a deal.")],
    field: Annotated[str, typer.Argument(help="A property of it: its internal name or its label.")],
    value: Annotated[str | None, typer.Option(help="What it would be set to; a stage by its name or id.")] = None,
    confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="How sure the finding behind it is, from 0 to 1.")
    ] = None,
    agent: Annotated[str, typer.Option(help="The agent that would do it.")] = "crm_sync",
    asked_by: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Who asks for it; nobody does when it comes of a call.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether Sophia may change this field of this deal, and why.

    Shows the rule that decides and those before it that do not match, each condition with how it comes out, and who
    may answer if it is asked. Reads the deal from HubSpot where that is set up; changes nothing.
    """

    async def work() -> None:
        from api.policy_explain import explain_policy
        from api.policy_question import Question

        await explain_policy(Question(deal, field, value, confidence, agent, asked_by), as_json=as_json)

    carry_out(context, work)


@policy_app.command(epilog="Example: sophia policy show > policy.toml")
def show(context: typer.Context) -> None:
    """Print the policy file in force; where it is from goes to stderr."""

    async def work() -> None:
        from api.policy import show_policy

        await show_policy()

    carry_out(context, work)


@policy_app.command(epilog="Example: sophia policy schema > policy.schema.json")
def schema(context: typer.Context) -> None:
    """Print the JSON Schema of policy files, for an editor to complete and check by."""

    async def work() -> None:
        from api.policy import show_schema

        await show_schema()

    carry_out(context, work)


@policy_app.command(epilog="Example: sophia policy init")
def init(context: typer.Context) -> None:
    """Put the rules that come with Sophia into the data folder, to be edited.

    Refuses where a policy file is already.
    """

    async def work() -> None:
        from api.policy import start_policy

        await start_policy()

    carry_out(context, work)
