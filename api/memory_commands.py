"""The commands `sophia memory …`. They are only declared here; each loads what it needs when it is called."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.command import JsonOption, carry_out

memory_app = typer.Typer(
    name="memory",
    help="See, search, rebuild and forget what Sophia remembers.",
    epilog="Example: sophia memory search 'what did Acme say about the price'",
    no_args_is_help=True,
    rich_markup_mode=None,
)

KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="Only this kind, may be given again: conversation, call_passages, call_findings, business_context, other.",
    ),
]
SubjectArgument = Annotated[
    str,
    typer.Argument(metavar="SUBJECT", help="call:ID, thread:ID, person:ADDRESS, contact:ID, company:ID or deal:ID."),
]
DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]


@memory_app.command(epilog="Examples: sophia memory status | sophia memory status --json")
def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Say what is remembered and how its index stands.

    For each kind: entries, vectors, what the index has yet to be told of, its collection, and whether that finds what
    it holds, which a process of its own tries out. While another process has the index, all but that is told. Exits
    with 1 when a collection is damaged.
    """

    async def work() -> int:
        from api.memory_status import show_status

        return await show_status(as_json=as_json)

    carry_out(context, work)


@memory_app.command(epilog="Example: sophia memory search 'who signs the contract' --about deal:301 --since 2026-09-01")
def search(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What is to be found, in your own words.")],
    kind: KindOption = None,
    about: Annotated[
        list[str] | None,
        typer.Option(metavar="SUBJECT", help="Only what is about this, such as deal:301; may be given again."),
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAYS, help="Only what was said from this day on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAYS, help="Only what was said before this day.")] = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="Passages to show.")] = 8,
    as_json: JsonOption = False,
) -> None:
    """Find passages by meaning and by words, with speaker, minute and link.

    The terminal's person sees everything. Says so when the index is away: words are still found then, and meaning as
    far as the database can be read through.
    """

    async def work() -> None:
        from api.memory_search import Search, show_search

        asked = Search(question, tuple(kind or ()), tuple(about or ()), since, until, count)
        await show_search(asked, as_json=as_json)

    carry_out(context, work)


@memory_app.command(epilog="Examples: sophia memory reindex | sophia memory reindex --kind call_passages")
def reindex(context: typer.Context, kind: KindOption = None, as_json: JsonOption = False) -> None:
    """Make the index anew from the database, beside the one in use.

    Nothing is embedded again unless the embedder is another one. What was interrupted goes on where it was when the
    command is given again. An embedded index needs `sophia serve` to be stopped.
    """

    async def work() -> None:
        from api.memory_reindex import reindex

        await reindex(kind or (), as_json=as_json)

    carry_out(context, work)


@memory_app.command(epilog="Example: sophia memory fill")
def fill(context: typer.Context, as_json: JsonOption = False) -> None:
    """Remember the calls that were analysed before Sophia remembered calls.

    New calls are remembered by themselves. What is remembered already stays as it is, so it can be given again.
    """

    async def work() -> None:
        from api.memory_fill import fill

        await fill(as_json=as_json)

    carry_out(context, work)


@memory_app.command(epilog="Example: sophia memory forget person:ana@acme.com --yes")
def forget(
    context: typer.Context,
    subject: SubjectArgument,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask first; what is forgotten cannot be brought back.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Forget a person, a thread, a call or a record everywhere, and print the receipt.

    The receipt says how much of what was removed, and what Sophia cannot reach. Exits with 1 when something must wait,
    such as for the index that `sophia serve` has open; it is done there then.
    """

    async def work() -> int:
        from api.memory_forget import forget

        return await forget(subject, yes=yes, as_json=as_json)

    carry_out(context, work)


@memory_app.command(epilog="Example: sophia memory export person:ana@acme.com --out ana.json")
def export(
    context: typer.Context,
    subject: SubjectArgument,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it; stdout if not given.")] = None,
) -> None:
    """Write everything that is known of a subject, as JSON; a file that is there already is left alone."""

    async def work() -> None:
        from api.memory_forget import export

        await export(subject, out)

    carry_out(context, work)
