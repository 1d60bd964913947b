"""The bundled calls are whole: labels point into transcripts, Gong's hints into the CRM, and time moves rightly."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest

from core.analysis import SentenceRef
from evals.labels import Label, read_labels
from sandbox.world import World, load_world

DATA = Path(__file__).parents[2] / "sandbox" / "data"
WITHOUT_CONTEXT = {"105", "203", "507", "518"}
DEAL_GONE = "211"
NOBODY_KNOWN = "509"

Record = dict[str, Any]


def world_at(now: datetime) -> World:
    return load_world(DATA, now)


AS_OF = date.fromisoformat(json.loads((DATA / "world.json").read_text())["as_of"])
WEEKS: dict[str, int] = json.loads((DATA / "world.json").read_text())["calls"]
WORLD = world_at(datetime(AS_OF.year, AS_OF.month, AS_OF.day, 23, tzinfo=UTC))
CRM = {kind: {record["id"]: record for record in of_kind} for kind, of_kind in WORLD.crm.items()}
CLOSED = {
    stage["id"]: stage["metadata"]["isClosed"] == "true"
    for pipeline in CRM["pipelines"].values()
    for stage in pipeline["stages"]
}
LABELS = read_labels()
CALLS: dict[str, Record] = {path.stem: json.loads(path.read_text()) for path in sorted((DATA / "calls").glob("*.json"))}
CALL_IDS = sorted(CALLS, key=lambda id: LABELS[id].corpus)
NAMES = [LABELS[id].corpus for id in CALL_IDS]


def called(corpus: str) -> Record:
    """The call of this number in the corpus."""
    return next(CALLS[id] for id in CALLS if LABELS[id].corpus == corpus)


def parties(call: Record) -> list[Record]:
    return list(call["extensive"]["parties"])


def references(call: Record) -> set[tuple[str, str]]:
    """The CRM objects that Gong names on the call and on its parties, as (kind, id)."""
    contexts = chain(call["extensive"]["context"], *(party["context"] for party in parties(call)))
    return {(thing["objectType"], thing["objectId"]) for context in contexts for thing in context["objects"]}


def associated(record: Record, kind: str) -> list[str]:
    return [entry["id"] for entry in record.get("associations", {}).get(kind, {"results": []})["results"]]


def open_deals_of(emails: set[str]) -> set[str]:
    """The open deals of the companies of the contacts with these addresses."""
    contacts = [contact for contact in CRM["contacts"].values() if contact["properties"]["email"] in emails]
    companies = {company for contact in contacts for company in associated(contact, "companies")}
    deals = {deal for company in companies for deal in associated(CRM["companies"][company], "deals")}
    return {deal for deal in deals if not CLOSED[CRM["deals"][deal]["properties"]["dealstage"]]}


def full_name(contact: Record) -> str:
    properties = contact["properties"]
    return f"{properties['firstname'] or ''} {properties['lastname'] or ''}".casefold()


@pytest.mark.parametrize("id", CALL_IDS, ids=NAMES)
def test_a_call_is_whole(id: str) -> None:
    call = CALLS[id]
    meta, turns = call["extensive"]["metaData"], call["transcript"]["transcript"]
    speakers = {party["speakerId"] for party in parties(call)}

    assert meta["id"] == call["transcript"]["callId"] == id
    assert datetime.fromisoformat(meta["started"]).tzinfo
    assert meta["primaryUserId"] in {party["userId"] for party in parties(call)}
    assert {turn["speakerId"] for turn in turns} <= speakers
    spoken = [sentence for turn in turns for sentence in turn["sentences"]]
    assert all(sentence["start"] < sentence["end"] and sentence["text"] for sentence in spoken)
    assert all(before["end"] <= after["start"] for before, after in pairwise(spoken))


@pytest.mark.parametrize("id", CALL_IDS, ids=NAMES)
def test_a_label_points_into_its_transcript(id: str) -> None:
    turns = CALLS[id]["transcript"]["transcript"]
    gold = LABELS[id].gold
    places: list[SentenceRef] = [
        *chain.from_iterable(item.evidence + item.withdrawn_at for item in gold.items),
        *(distractor.at for distractor in gold.distractors),
        *gold.injection,
    ]

    assert all(item.evidence for item in gold.items)
    assert all(0 <= turn < len(turns) and 0 <= sentence < len(turns[turn]["sentences"]) for turn, sentence in places)
    assert not {place for item in gold.items for place in item.evidence} & set(gold.injection)


@pytest.mark.parametrize("id", CALL_IDS, ids=NAMES)
def test_a_label_names_people_of_the_call_and_counts_from_its_day(id: str) -> None:
    label, call = LABELS[id], CALLS[id]
    names = {party["name"] for party in parties(call)}

    assert label.started == date.fromisoformat(call["extensive"]["metaData"]["started"][:10])
    for item in label.gold.items:
        assert item.speaker in names
        assert (item.owner in names) == (item.kind == "next_step")
        assert all(label.started <= due for due in (item.due, *item.due_also_ok) if due)


def test_every_call_has_a_label_and_every_label_a_call() -> None:
    assert set(LABELS) == set(CALLS)
    assert len({label.corpus for label in LABELS.values()}) == len(LABELS)


@pytest.mark.parametrize("id", CALL_IDS, ids=NAMES)
def test_what_gong_names_is_in_the_crm_but_for_one_deal_that_is_gone(id: str) -> None:
    kinds = {"Company": "companies", "Contact": "contacts", "Deal": "deals"}
    unknown = {(kind, ref) for kind, ref in references(CALLS[id]) if ref not in CRM[kinds[kind]]}

    assert unknown == ({("Deal", "56198")} if LABELS[id].corpus == DEAL_GONE else set())


@pytest.mark.parametrize("id", CALL_IDS, ids=NAMES)
def test_contacts_that_gong_names_have_the_address_of_the_attendee(id: str) -> None:
    for party in parties(CALLS[id]):
        for context in party["context"]:
            contact = CRM["contacts"][context["objects"][0]["objectId"]]
            assert contact["properties"]["email"] == party["emailAddress"]


@pytest.mark.parametrize("corpus", sorted([*WITHOUT_CONTEXT, DEAL_GONE]))
def test_without_a_usable_context_the_addresses_lead_to_the_deal(corpus: str) -> None:
    label = next(label for label in LABELS.values() if label.corpus == corpus)

    assert open_deals_of(set(label.gold.crm.contact_emails)) == {label.gold.crm.deal_id}
    assert bool(references(called(corpus))) == (corpus == DEAL_GONE)


def test_only_the_named_calls_are_without_context() -> None:
    bare = {LABELS[id].corpus for id, call in CALLS.items() if not references(call)}

    assert bare == WITHOUT_CONTEXT | {NOBODY_KNOWN}


def test_nobody_can_tell_whose_call_the_wrong_number_was() -> None:
    strangers = [party for party in parties(called(NOBODY_KNOWN)) if party["affiliation"] != "Internal"]

    assert strangers
    assert all(party["emailAddress"] is None for party in strangers)
    assert not {party["name"].casefold() for party in strangers} & {
        full_name(contact) for contact in CRM["contacts"].values()
    }


def test_an_ambiguous_call_fits_two_open_deals_of_one_company() -> None:
    ambiguous: list[Label] = [label for label in LABELS.values() if label.gold.crm.ambiguous]

    assert sorted(label.corpus for label in ambiguous) == ["206", "411"]
    for label in ambiguous:
        deals = [CRM["deals"][id] for id in label.gold.crm.candidate_deal_ids]
        assert len(deals) == 2
        assert not any(CLOSED[deal["properties"]["dealstage"]] for deal in deals)
        assert len({tuple(associated(deal, "companies")) for deal in deals}) == 1


@pytest.mark.parametrize("id", CALL_IDS, ids=NAMES)
def test_a_labelled_deal_and_its_people_are_in_the_crm(id: str) -> None:
    records_of = LABELS[id].gold.crm
    addresses = {contact["properties"]["email"] for contact in CRM["contacts"].values()}

    assert records_of.deal_id is None or records_of.deal_id in CRM["deals"]
    assert set(records_of.contact_emails) - addresses <= {"thais@fennimore.example"}


@pytest.mark.parametrize(
    "now",
    [datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2027, 3, 3, 22, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)],
    ids=lambda now: now.date().isoformat(),
)
def test_the_calls_are_of_the_last_85_days_on_the_weekdays_they_were_held(now: datetime) -> None:
    world = world_at(now)

    assert world.notes == ()
    for id, call in world.calls.items():
        was = datetime.fromisoformat(CALLS[id]["extensive"]["metaData"]["started"])
        started = datetime.fromisoformat(call.extensive["metaData"]["started"])
        assert timedelta() < now - started < timedelta(days=85)
        assert (was.weekday(), was.timetz()) == (started.weekday(), started.timetz())


def test_the_calls_are_spread_over_the_weeks() -> None:
    weeks = Counter(WEEKS.values())

    assert set(weeks) == set(range(1, 12))
    assert max(weeks.values()) <= 4
    assert sum(weeks.values()) == len(CALLS)


def test_the_crm_moves_as_a_whole() -> None:
    world = world_at(datetime(2027, 3, 3, tzinfo=UTC))
    by = timedelta(weeks=14)

    for deal in world.crm["deals"]:
        original = CRM["deals"][deal["id"]]
        for name in ("closedate", "createdate"):
            now, then = (datetime.fromisoformat(each["properties"][name]) for each in (deal, original))
            assert now - then == by


def test_no_deal_of_a_call_was_made_after_the_call() -> None:
    made = {id: datetime.fromisoformat(deal["createdAt"]) for id, deal in CRM["deals"].items()}

    for id, call in WORLD.calls.items():
        records_of = LABELS[id].gold.crm
        deals = {records_of.deal_id, *records_of.candidate_deal_ids} - {None}
        started = datetime.fromisoformat(call.extensive["metaData"]["started"])
        assert all(made[deal] < started for deal in deals if deal), LABELS[id].corpus
