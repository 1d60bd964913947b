"""Trains what understands questions: `python -m evals.asking.train` writes its model file again, byte for byte."""

import asyncio
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

from evals.asking.fitting import Vectors, cross_fit, fit
from evals.asking.sentences import Looked, looked_at, read_sentences
from evals.recall.vectors import OnDisk
from memory.embedding.minilm import MiniLm
from nodes.understanding.classifier.learnt import PATH, save


def vectors_of(looked: Sequence[Looked]) -> Vectors:
    """The vector of everything that is read of the sentences; kept on this machine for the next time."""
    return asyncio.run(_vectors(sorted({one.reading for look in looked for one in (look.known, look.unknown)})))


async def _vectors(texts: Sequence[str]) -> Vectors:
    embedder = OnDisk(MiniLm(), Path(tempfile.gettempdir()) / "sophia-evals")
    try:
        return dict(zip(texts, await embedder.embed(texts), strict=True))
    finally:
        await embedder.close()


def main() -> None:
    """Fits on every sentence and writes the model file."""
    warnings.simplefilter("error")
    looked = looked_at(read_sentences())
    vectors = vectors_of(looked)
    save(fit(looked, vectors, cross_fit(looked, vectors)))
    print(f"{PATH.name}: {PATH.stat().st_size / 1e6:.2f} MB from {len(looked)} sentences")


if __name__ == "__main__":
    main()
