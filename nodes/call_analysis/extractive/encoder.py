"""The small sentence encoder: what a likely sentence means, beside the words that the linear model counts.

The first three layers of MiniLM-L6 (Apache-2.0), fine-tuned on the labelled calls with one output for each kind of
finding and quantised to eight bits (`python -m evals.encoder`). It runs on onnxruntime with the tokenizer of the
`tokenizers` library, both of which chromadb brings; nothing is downloaded. A sentence goes in with the side that says
it ("we : …", "they : …") and nothing else, so the same sentence always gives the same values.

One thread for each run: calls are read side by side, and a result must not depend on how many cores there are.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nodes.call_analysis.extractive.dialogue import Line, Side

FOLDER = Path(__file__).parent / "weights"
LONGEST = 48
"""Tokens of a sentence that are read; longer ones are rare, and their end says little."""
TOGETHER = 16
"""Sentences in one run of the network, of like length: more cost memory and gain no time."""
SPOKEN_BY: dict[Side, str] = {"seller": "we", "customer": "they", "unknown": "someone"}


class SentenceEncoder(Protocol):
    """Judges single sentences."""

    def logits(self, lines: Sequence[Line]) -> NDArray[np.float64]:
        """Log-odds by line and kind (in the order of `core.analysis.Kind`)."""
        ...


class OnnxEncoder:
    """The encoder in a folder of `model.onnx` and `tokenizer.json`. Thread-safe."""

    def __init__(self, folder: Path = FOLDER) -> None:
        import onnxruntime  # 0.2 s and 40 MB, which `sophia --help` need not pay
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # keeps the most it ever needed, for good
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def logits(self, lines: Sequence[Line]) -> NDArray[np.float64]:
        """Log-odds by line and kind."""
        encoded = [self._tokenizer.encode(as_read(line)).ids for line in lines]  # a batch would start threads
        order = sorted(range(len(encoded)), key=lambda place: len(encoded[place]))
        found = np.zeros((len(lines), 0))
        for start in range(0, len(order), TOGETHER):
            places = order[start : start + TOGETHER]
            out = self._run([encoded[place] for place in places])
            if not found.shape[1]:
                found = np.zeros((len(lines), out.shape[1]))
            found[places] = out
        return found

    def _run(self, rows: Sequence[Sequence[int]]) -> NDArray[Any]:
        ids = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
        return np.asarray(self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0])


def as_read(line: Line) -> str:
    """A sentence as the encoder reads it."""
    return f"{SPOKEN_BY[line.side]} : {line.text}"


@lru_cache(maxsize=1)
def shipped_encoder() -> OnnxEncoder:
    """The encoder that ships, read once."""
    return OnnxEncoder()
