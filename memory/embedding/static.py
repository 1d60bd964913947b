"""WordLlama's table of word vectors: a thousand times faster than a network and coarser, for bulk and for tests.

A text's vector is the mean of its tokens' rows, so the order of words says nothing. The table comes with the package
wordllama, an extra; nothing is downloaded.
"""

import logging
from collections.abc import Sequence
from functools import cached_property, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from memory.embedding.port import Vectors
from memory.embedding.thread import OwnThread
from memory.embedding.units import of_those_with_words

PACKAGE: Final = "wordllama"
INSTALL: Final = "Run .venv/bin/pip install 'wordllama>=0.4', or set SOPHIA_EMBEDDER=minilm."


class Static:
    """Embeds by table; 256 dimensions. The table is read at the first use, in 0.2 s and some 80 MB.

    Raises ConfigurationError when wordllama is not installed.
    """

    def __init__(self) -> None:
        if find_spec(PACKAGE) is None:
            raise ConfigurationError("SOPHIA_EMBEDDER=static needs wordllama, which is missing", next_step=INSTALL)
        self.model = "wordllama-l2-256"
        self.dimensions = 256
        self._thread = OwnThread("wordllama")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, 256) and unit length; zeros without a word."""
        return await of_those_with_words(texts, self.dimensions, self._embed)

    async def close(self) -> None:
        """Ends its thread."""
        await self._thread.close()

    async def _embed(self, texts: list[str]) -> NDArray[np.floating]:
        return await self._thread.run(partial(self._means, texts))

    def _means(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Each text by itself: the package's own way pads them all to the longest."""
        table, tokenizer = self._table.embedding, self._table.tokenizer
        return np.stack(
            [
                table[tokenizer.encode(text, add_special_tokens=False).ids].mean(axis=0, dtype=np.float32)
                for text in texts
            ]
        )

    @cached_property
    def _table(self) -> Any:
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            wordllama = import_module(PACKAGE)
            folder = Path(str(wordllama.__file__)).parent
            table = wordllama.WordLlama.load(disable_download=True, cache_dir=folder)
        except (ImportError, FileNotFoundError) as error:
            raise ConfigurationError(f"wordllama cannot be read: {error}", next_step=INSTALL) from error
        finally:
            root.handlers[:] = handlers  # it sets up logging of its own at its import
            root.setLevel(level)
        table.tokenizer.no_padding()
        return table
