"""The commands `sophia model …`. They are only declared here; each loads what it needs when it is called."""

from typing import Annotated

import typer

from api.command import JsonOption, carry_out

model_app = typer.Typer(
    name="model",
    help="Bring, serve and check your own language model.",
    epilog="Example: sophia model check",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@model_app.command(epilog="Examples: sophia model check | sophia model check --url http://127.0.0.1:8000/v1 --json")
def check(
    context: typer.Context,
    url: Annotated[
        list[str] | None, typer.Option("--url", help="Base URL (…/v1) to check; those of the settings if not given.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model there; the settings' or the first one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what each model server can do.

    Streaming, usage, strict json_schema, native tools, cached tokens, length of the context, tokens a second. Asks a
    few short questions that hold nothing of yours. Exits with 1 when something is missing that Sophia needs.
    """

    async def work() -> int:
        from api.model_check import check_model

        return await check_model(url or (), name, as_json=as_json)

    carry_out(context, work)


@model_app.command(epilog="Example: sophia model serve --model ./model.gguf --port 8091")
def serve(
    context: typer.Context,
    model: Annotated[
        str | None, typer.Option(metavar="FILE", help="A .gguf file, or the name of a pulled one; else the only one.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8091,
    tokens: Annotated[int, typer.Option("--context", min=256, help="Tokens of one request.")] = 8192,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Requests answered at once.")] = 2,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all there are if not given.")] = None,
) -> None:
    """Serve a model on this machine, with llama.cpp inside of this process.

    Needs the extra `model` (the package xllamacpp). The key is SOPHIA_MODEL_KEY or, without it, one of its own in the
    data folder. Ends at SIGTERM or Ctrl-C.
    """

    async def work() -> None:
        from api.model_serve import Wanted, serve_model

        await serve_model(Wanted(model, host, port, tokens, parallel, threads))

    carry_out(context, work)


@model_app.command(epilog="Example: sophia model pull https://example.com/model.gguf --sha256 9b3c…")
def pull(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="An https address or a file.")],
    sha256: Annotated[str, typer.Option("--sha256", metavar="HASH", help="The file's SHA-256; another is refused.")],
    name: Annotated[str | None, typer.Option(help="Name to keep it under; the file's own if not given.")] = None,
) -> None:
    """Bring a GGUF file into the data folder.

    What was interrupted goes on where it was when the command is given again.
    """

    async def work() -> None:
        from api.model_weights import pull_weights

        await pull_weights(source, sha256, name)

    carry_out(context, work)


@model_app.command("list", epilog="Example: sophia model list")
def list_(context: typer.Context) -> None:
    """Show the models that were pulled."""

    async def work() -> None:
        from api.model_weights import list_weights

        await list_weights()

    carry_out(context, work)
