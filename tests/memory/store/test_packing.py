"""Vectors as bytes are half as long and nearly the same."""

import numpy as np
import pytest

from memory.store.packing import pack, unpack, unpack_all


def test_a_vector_comes_back_nearly_as_it_was() -> None:
    vectors = np.random.default_rng(7).normal(size=(20, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    packed = [pack(vector) for vector in vectors]

    assert {len(each) for each in packed} == {768}
    assert np.abs(unpack_all(packed, 384) @ vectors.T - vectors @ vectors.T).max() < 1e-3
    assert np.array_equal(unpack(packed[3], 384), unpack_all(packed, 384)[3])


def test_one_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="384"):
        unpack(bytes(4), 384)
    with pytest.raises(ValueError, match="384"):
        unpack_all([bytes(768), bytes(770), bytes(766)], 384)
