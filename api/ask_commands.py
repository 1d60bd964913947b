"""The commands by which a person at a terminal asks Sophia; each loads what it needs when it is called."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.command import JsonOption, carry_out

ask_app = typer.Typer(rich_markup_mode=None)

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]

AsOption = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="EMAIL", help="Ask with this colleague's rights; yours at this terminal if not given."
    ),
]
ThreadOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Go on with this conversation; a new one if not given.")
]
NowOption = Annotated[
    datetime | None,
    typer.Option(
        formats=MOMENTS, metavar="ISO", help="The moment at which it is asked; this machine's zone if it has none."
    ),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="With --demo: the world of `sophia demo --data DIR`.")
]
DemoOption = Annotated[
    bool, typer.Option("--demo", help="Ask about the world of `sophia demo`, which needs no settings.")
]


@ask_app.command(
    epilog="Examples: sophia ask 'which deals close this month over 50k' | sophia ask --demo 'who owns Lakeview' --json"
)
def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="In your own words.")] = None,
    email: AsOption = None,
    thread: ThreadOption = None,
    now: NowOption = None,
    as_json: JsonOption = False,
    parse: Annotated[
        bool, typer.Option("--parse", help="Only say what was understood; nothing is answered or changed.")
    ] = False,
    batch: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Take a question from each line (- is stdin); prints a JSON object for each."
        ),
    ] = None,
    demo: DemoOption = False,
    data: DataOption = None,
) -> None:
    """Ask a question, or have something done.

    Answers from HubSpot, from analysed calls and from what was said before, with the sources. What is changed goes by
    the policy, as the person who asks.
    """

    async def work() -> int | None:
        from api.ask import Asked, answer, answer_batch

        asked = Asked(
            question, email, thread, now, as_json=as_json, parse=parse, demo=demo or data is not None, data=data
        )
        return await (answer_batch(asked, batch) if batch is not None else answer(asked))

    carry_out(context, work)


@ask_app.command(epilog="Examples: sophia chat | sophia chat --demo --as danny@paylatch.example")
def chat(
    context: typer.Context,
    email: AsOption = None,
    thread: ThreadOption = None,
    now: NowOption = None,
    demo: DemoOption = False,
    data: DataOption = None,
) -> None:
    """Talk with Sophia; an empty line, Ctrl-D or “bye” ends it."""

    async def work() -> None:
        from api.ask import Asked
        from api.ask_chat import converse

        await converse(Asked(None, email, thread, now, demo=demo or data is not None, data=data))

    carry_out(context, work)


@ask_app.command(epilog="Examples: sophia graph | sophia graph --png graph.png")
def graph(
    context: typer.Context,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it into this file.")] = None,
) -> None:
    """Show the network of agents that a question goes through, as Mermaid or as a picture."""

    async def work() -> None:
        from api.graph import show_graph

        await show_graph(png)

    carry_out(context, work)


@ask_app.command(epilog="Examples: sophia agents | sophia agents --can 'summarise a call' --json")
def agents(
    context: typer.Context,
    can: Annotated[
        str | None, typer.Option(metavar="CAPABILITY", help="Only those that can do this; some of its words will do.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the agents: what each can do, where it runs and how it fares, and how the tasks of the last day ended.

    Agents of packages that are installed beside Sophia are among them. Asks no service and changes nothing.
    """

    async def work() -> None:
        from api.agents_shown import show_agents

        await show_agents(can=can, as_json=as_json)

    carry_out(context, work)
