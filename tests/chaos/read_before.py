"""The encoder's word on the bundled calls, asked for once: a killed run reads the same call again and again.

What the second look says of a sentence does not depend on who asks, and it is by far the longest part of an analysis.
The fork server asks it of every bundled call; its children find the answers in their memory. Everything else of the
analysis is done each time, and whatever is not a bundled call is read by the encoder that ships.
"""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from nodes.call_analysis.extractive import ExtractiveAnalyst, analyst
from nodes.call_analysis.extractive.dialogue import Line
from nodes.call_analysis.extractive.encoder import SentenceEncoder, as_read, shipped_encoder
from tools.gong.parse import parse_call_file


class ReadBefore:
    """An encoder that is asked about the same lines only once."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._known: dict[tuple[str, ...], NDArray[np.float64]] = {}

    def logits(self, lines: Sequence[Line]) -> NDArray[np.float64]:
        """What the encoder says, or has said, of these lines."""
        asked = tuple(as_read(line) for line in lines)
        if asked not in self._known:
            self._known[asked] = self._encoder.logits(lines)
        return self._known[asked]


def read_before(folder: Path) -> None:
    """Reads the calls in this folder, and has every analyst of this process and its children use what was found."""
    reader = ReadBefore(shipped_encoder())
    mock.patch.object(analyst, "shipped_encoder", lambda: reader).start()  # for as long as the process lives
    for file in sorted(folder.glob("*.json")):
        call, transcript = parse_call_file(file.read_text(encoding="utf-8"))
        if transcript is not None:
            ExtractiveAnalyst().analyse(call, transcript)
