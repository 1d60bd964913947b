"""Names in what people write: in any case, in part, with small errors, and never where none is meant."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scope import EVERYTHING, NOTHING, Scope, owned_by
from nodes.understanding.names.seen import SeenNames, is_written_as_name
from nodes.understanding.names.words import Token, everyday, tokens
from tests.nodes.understanding.portal import DANNY, records, seen_by, table, table_of

ORDINARY = tuple((Path(__file__).parent / "ordinary.txt").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("last call with quadrangle", "quadrangle", "Quadrangle Student Living"),
        ("deals with Larkspur Campus", "Larkspur Campus", "Larkspur Campus Living"),
        ("Larkspur renewal 2026", "Larkspur renewal 2026", "Larkspur - renewal 2026"),
        ("who owns harbor light", "harbor light", "Harborlight Homes"),
        ("kestral residental ltd", "kestral residental ltd", "Kestrel Residential Ltd"),
        ("move gable and stone to proposal", "gable and stone", "Gable & Stone Management"),
        ("quail rdige", "quail rdige", "Quail Ridge Estates HOA"),
        ("lodestars open deals", "lodestars", "Lodestar Apartment Homes"),
        ("Danny's deals", "Danny", "Danny Kowalczyk"),
        ("kenyas deals", "kenyas", "Kenya Marsh"),
        ("meiling's tasks", "meiling", "Mei-Ling Foss"),
        ("Mei-Ling's tasks", "Mei-Ling", "Mei-Ling Foss"),
        ("deals owned by grant", "grant", "Grant Oyelaran"),
        ("is Grant on it", "Grant", "Grant Oyelaran"),
        ("calls with phil", "phil", "phil gantry"),
        ("mail from cames@larkspur.example", "cames@larkspur.example", "Conrad Ames"),
        ("anything from tidewaterflats.example", "tidewaterflats.example", "Tidewater Flats"),
        ("a note of someone@gablestone.example", "someone@gablestone.example", "Gable & Stone Management"),
        ("GARLAND RESIDENTIAL LLC", "GARLAND RESIDENTIAL LLC", "GARLAND RESIDENTIAL LLC"),
        ("pinnacle shores pilot", "pinnacle shores pilot", "Pinnacle Shores pilot"),
        ("what about copperfeild", "copperfeild", "Copperfield Rentals"),
    ],
)
def test_a_name_is_found(text: str, words: str, name: str) -> None:
    (mention,) = seen_by().mentions(text)
    assert (mention.text, mention.candidates[0].name) == (words, name)
    assert text[mention.start : mention.end] == mention.text
    assert len(mention.candidates) == len(mention.scores)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("larkspur", {"Larkspur Campus Living", "Larkspur Association Management", "larkspur HOA mgmt"}),
        ("tidewater", {"Tidewater Flats", "Tidewater Strata Management"}),
        ("marcus", {"Marcus Teel", "Marcus Feld"}),
    ],
)
def test_a_name_of_several_has_all_of_them(text: str, names: set[str]) -> None:
    (mention,) = seen_by().mentions(text)
    assert not mention.is_sure
    assert names <= {candidate.name for candidate in mention.candidates}


@pytest.mark.parametrize("sentence", ORDINARY)
def test_an_ordinary_sentence_names_nobody(sentence: str) -> None:
    for written in (sentence, sentence.capitalize(), sentence.upper()):
        assert list(seen_by().mentions(written)) == []


def test_there_are_enough_ordinary_sentences() -> None:
    assert len(ORDINARY) >= 150


PIECES = ("acmes", "larkspur", "Danny's", "the", "with", "&", "-", "@", "x@y.z", "2026", "garland", "«", "ß", "İ")


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_mentions_are_in_order_and_do_not_overlap(parts: list[str]) -> None:
    text = " ".join(parts)
    end = 0
    for mention in seen_by().mentions(text):
        assert end <= mention.start < mention.end and text[mention.start : mention.end] == mention.text
        end = mention.end


def test_a_record_beyond_the_scope_reads_as_one_that_does_not_exist() -> None:
    """Whatever is asked: the same as in a portal that has no such records."""
    scope = Scope(audiences=frozenset({owned_by(DANNY), owned_by("71240119")}))
    visible = [record for record in records() if record.get("hubspot_owner_id") in (DANNY, "71240119")]
    alone = SeenNames([table_of(visible)], EVERYTHING, everyday())
    limited = SeenNames([table()], scope, everyday())
    for record in records():
        name = record.get("name") or record.get("dealname") or record.get("lastname") or ""
        for text in (f"deals with {name}", name.lower(), f"calls with {name.split(' ')[0]} and Garland", name[:-1]):
            assert list(limited.mentions(text)) == list(alone.mentions(text))
    assert limited.named("companies", "30118") is None
    assert limited.values("companies") == alone.values("companies")


def test_who_may_see_nothing_finds_no_record() -> None:
    assert list(SeenNames([table()], NOTHING, everyday()).mentions("deals with Larkspur Campus Living")) == []


class CountedTokens(list[Token]):
    """Words that count how many of them were looked at."""

    looked_at = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        self.looked_at += len(found) if isinstance(key, slice) else 1
        return found


def test_a_long_text_is_not_looked_through_anew_for_each_of_its_words() -> None:
    said = CountedTokens(tokens("Acme " * 800))
    assert not any(is_written_as_name(said, at) for at in range(len(said)))
    assert said.looked_at < 100 * len(said)
