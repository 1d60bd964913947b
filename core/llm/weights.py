"""Weights of models in the data folder: brought there from an address or a file, and never without a pinned hash.

A file of weights is a program's worth of trust: it decides what is read into every call. So its SHA-256 is given by
whoever pulls it, and a file with another one never comes into place. What was interrupted goes on where it was.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from core.errors import ConfigurationError, NotUsable, Rejected, Unavailable

FOLDER: Final = "models"
SUFFIX: Final = ".gguf"
MAGIC: Final = b"GGUF"
BLOCK: Final = 1 << 20
SHA256: Final = re.compile(r"[0-9a-f]{64}")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
SECONDS: Final = 60.0
"""How long the other side may stay silent before it counts as gone."""

Progress = Callable[[int, int | None], None]
"""Told of the bytes that are there by now, and of how many there will be, if that is known."""


@dataclass(frozen=True)
class Weights:
    """A file of weights in the data folder, with the hash it was pinned to."""

    name: str
    path: Path
    sha256: str
    size: int


class WeightsFolder:
    """The weights of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def all(self) -> tuple[Weights, ...]:
        """Those that are here, by name."""
        return tuple(self._weights(path) for path in sorted(self._folder.glob(f"*{SUFFIX}")))

    def chosen(self, name: str | None) -> Path:
        """The file of this name or path, or the only one there is. Raises ConfigurationError."""
        if name is not None:
            places = (Path(name).expanduser(), self._folder / name, self._folder / f"{name}{SUFFIX}")
            found = next((place for place in places if place.is_file()), None)
            if found is None:
                raise ConfigurationError(
                    f"there is no model {name}", next_step="`sophia model list` shows those pulled."
                )
            return found
        here = self.all()
        if len(here) != 1:
            what = "no model was pulled" if not here else f"several were pulled: {', '.join(w.name for w in here)}"
            raise ConfigurationError(what, next_step="Give --model FILE.gguf, or bring one with `sophia model pull`.")
        return here[0].path

    async def pull(self, source: str, sha256: str, name: str | None, progress: Progress) -> Weights:
        """Brings weights here from an https address or a file; does nothing when they are here already.

        Raises NotUsable for a source, hash or name that cannot be used, Unavailable when the other side broke off
        (then the same call goes on where it was), and Rejected when it refuses or sends something else.
        """
        sha256 = sha256.lower()
        if not SHA256.fullmatch(sha256):
            raise NotUsable(
                "the hash is not 64 hexadecimal digits", next_step="Copy the SHA-256 that the model's page shows."
            )
        path = self._folder / f"{_name(source, name)}{SUFFIX}"
        self._folder.mkdir(parents=True, exist_ok=True)
        if not await asyncio.to_thread(_is_here, path, sha256):
            await self._bring(source, sha256, path, progress)
        return self._weights(path)

    async def _bring(self, source: str, sha256: str, path: Path, progress: Progress) -> None:
        part = path.with_suffix(f".{sha256[:12]}.part")  # of this file alone: another source begins anew
        if "://" in source:
            await _download(source, part, progress)
        else:
            await asyncio.to_thread(_copy, Path(source), part, progress)
        await asyncio.to_thread(_check, part, sha256)
        path.with_suffix(".sha256").write_text(f"{sha256}\n")
        part.replace(path)

    def _weights(self, path: Path) -> Weights:
        pinned = path.with_suffix(".sha256")
        sha256 = pinned.read_text().strip() if pinned.is_file() else "unknown"
        return Weights(path.stem, path, sha256, path.stat().st_size)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_here(path: Path, sha256: str) -> bool:
    return path.is_file() and digest_of(path) == sha256


def _name(source: str, name: str | None) -> str:
    found = (name or unquote(Path(urlsplit(source).path if "://" in source else source).name)).removesuffix(SUFFIX)
    if not NAME.fullmatch(found):
        raise NotUsable(f"{found!r} is no name for a model", next_step="Give one of letters and digits with --name.")
    return found


def _check(part: Path, sha256: str) -> None:
    """Removes what is not the file that was pinned; raises Rejected."""
    found = digest_of(part)
    with part.open("rb") as file:
        magic = file.read(len(MAGIC))
    if found == sha256 and magic == MAGIC:
        return
    part.unlink()
    if found == sha256:
        raise Rejected("weights", "the file is no GGUF", next_step="Take the .gguf file of the model.")
    raise Rejected(
        "weights",
        f"the file has the hash {found}, not {sha256}; it was removed",
        next_step="Check source and hash on the model's page; if they are right, do not trust the source.",
    )


def _copy(given: Path, part: Path, progress: Progress) -> None:
    source = given.expanduser()
    if not source.is_file():
        raise NotUsable(f"there is no file {source}", next_step="Give an https address or the path of a .gguf file.")
    total, done = source.stat().st_size, 0
    with part.open("wb") as file:
        for block in _blocks(source):
            file.write(block)
            done += len(block)
            progress(done, total)


def _blocks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


async def _download(url: str, part: Path, progress: Progress) -> None:
    """Adds to the part what is missing of it."""
    if not url.startswith("https://") and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise NotUsable(f"{urlsplit(url).scheme}:// is not taken", next_step="Give an https address or a file.")
    there = _size(part)
    try:
        async with _answer(url, there) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # it was all there
            await _write(response, part, there, progress)
    except httpx.HTTPError as error:
        step = "Give the same command again: it goes on where it was."
        raise Unavailable("weights", f"the download broke off ({type(error).__name__})", next_step=step) from error


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


@asynccontextmanager
async def _answer(url: str, there: int) -> AsyncIterator[httpx.Response]:
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    async with (
        httpx.AsyncClient(follow_redirects=True, timeout=SECONDS) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.is_error and response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            step = "See that the address is right and needs no login; else download it yourself and give the file."
            raise Rejected("weights", f"the server answers {response.status_code}", next_step=step)
        yield response


async def _write(response: httpx.Response, part: Path, there: int, progress: Progress) -> None:
    goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT
    done = there if goes_on else 0
    length = response.headers.get("content-length")
    total = done + int(length) if length else None
    with part.open("ab" if goes_on else "wb") as file:
        async for block in response.aiter_bytes(BLOCK):
            file.write(block)
            done += len(block)
            progress(done, total)
