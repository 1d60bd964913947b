"""A namespace is one text whose labels cannot run into each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotUsable
from core.scope import owned_by, said_at, said_by
from memory.store.entry import KINDS, Kind, Namespace, namespace_of
from memory.store.namespaces import (
    Standing,
    decode,
    encode,
    ends_with,
    literal_part,
    standing_of,
    starts_with,
    tenant_of,
)

LABELS = st.text(st.characters(exclude_characters=".\x00", exclude_categories=["Cs"]), min_size=1, max_size=5)
NAMESPACES = st.lists(LABELS, max_size=4).map(tuple)


@given(NAMESPACES)
def test_it_comes_back_as_it_was(namespace: Namespace) -> None:
    assert decode(encode(namespace)) == namespace


@given(NAMESPACES, NAMESPACES)
def test_its_text_begins_with_anothers_where_its_labels_do(namespace: Namespace, prefix: Namespace) -> None:
    for one, other in ((namespace, prefix), (prefix + namespace, prefix)):
        assert encode(one).startswith(encode(other)) == (one[: len(other)] == other)


@pytest.mark.parametrize("label", ["", "a.b", ".", "a\x00", 5, None])
def test_a_label_that_could_be_taken_for_others_is_refused(label: str) -> None:
    with pytest.raises(NotUsable):
        encode(("main", label))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("audience", ["unowned", owned_by("7"), said_at("C1"), said_by("U1")])
def test_one_of_ours_says_whose_it_is(kind: Kind, audience: str) -> None:
    namespace = namespace_of("main", audience, kind, "call:1")

    assert standing_of(namespace) == Standing("main", audience, kind)
    assert tenant_of(namespace, audience, kind) == "main"


@pytest.mark.parametrize(
    "namespace",
    [
        (),
        ("memories",),
        ("main", "owner:7"),
        ("main", "owner:7", "letters"),
        ("main", "everybody", "conversation"),
        ("users", "7", "conversation"),
    ],
)
def test_any_other_is_a_librarys_own(namespace: Namespace) -> None:
    assert standing_of(namespace) == Standing(None, None, "other")


def test_paths_match_from_the_first_or_the_last_label_and_a_star_any_one() -> None:
    namespace = ("a", "b", "c")

    assert starts_with(namespace, ()) and starts_with(namespace, ("a", "*")) and starts_with(namespace, namespace)
    assert ends_with(namespace, ()) and ends_with(namespace, ("*", "c")) and ends_with(namespace, ("c",))
    assert not starts_with(namespace, ("b",)) and not starts_with(namespace, ("a", "b", "c", "*"))
    assert not ends_with(namespace, ("b",)) and not ends_with(namespace, ("*", "*", "*", "c"))
    assert literal_part(("a", "*", "c")) == ("a",)
