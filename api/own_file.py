"""A file of the owner's that begins as a copy of the one that comes with Sophia."""

from pathlib import Path

from rich.text import Text

from api.terminal import BadInput, results


def begin_own_file(path: Path, shipped: Path, check: str) -> None:
    """Copies the shipped file to `path`, to be edited; never over a file. `check` is the command that looks at it.

    Raises BadInput where there is a file already, or none can be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(shipped.read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise BadInput(f"{path} is there already", next_step="Edit it, or move it away first.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}") from error
    results().print(Text(f"Wrote {path}. Edit it, then run `{check}`."), soft_wrap=True)
