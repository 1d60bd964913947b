"""The bundled world is whole: every reference leads somewhere, and it is messy exactly where its README says."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[2]
DATA = HOUSE / "sandbox" / "data"
README = (DATA / "README.md").read_text()

Record = dict[str, Any]

SINGULAR = {"companies": "company", "contacts": "contact", "deals": "deal", "notes": "note", "tasks": "task"}
WITHOUT_SEAT = {"hank@paylatch.example", "malik@corbel.example", "xiomara@corbel.example"}


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def records(kind: str) -> dict[str, Record]:
    return {record["id"]: record for record in read(f"hubspot/{kind}.json")["results"]}


CRM = {kind: records(kind) for kind in SINGULAR}
OWNERS = records("owners")
PIPELINES = records("pipelines")
CLOSED = {
    stage["id"]: stage["metadata"]["isClosed"] == "true"
    for pipeline in PIPELINES.values()
    for stage in pipeline["stages"]
}
CALLS: list[Record] = [json.loads(path.read_text()) for path in sorted((DATA / "calls").glob("*.json"))]
MEMBERS: list[Record] = read("slack/users.json")["members"]


def associated(record: Record, kind: str) -> list[str]:
    return [entry["id"] for entry in record.get("associations", {}).get(kind, {"results": []})["results"]]


def readme_says(mess: str) -> int:
    """The number in the README's table of messes."""
    found = re.search(rf"^\| {re.escape(mess)} \| (\d+)", README, re.MULTILINE)
    assert found, mess
    return int(found[1])


def full_name(contact: Record) -> str:
    properties = contact["properties"]
    return f"{properties['firstname'] or ''} {properties['lastname'] or ''}".casefold()


def texts(value: Any) -> list[str]:
    """Every string of a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return []


# The CRM


def test_readme_counts_the_records_as_they_are() -> None:
    counts = {kind: len(of_kind) for kind, of_kind in CRM.items()}

    assert f"{counts['companies']} companies, {counts['contacts']} contacts, {counts['deals']} deals" in README
    assert f"{counts['notes']} notes, {counts['tasks']} tasks, {len(OWNERS)} owners" in README
    assert f"{len(CALLS)} calls as Gong returns them" in README


@pytest.mark.parametrize("kind", [*SINGULAR, "owners", "pipelines"])
def test_no_id_is_given_twice(kind: str) -> None:
    ids = [record["id"] for record in read(f"hubspot/{kind}.json")["results"]]

    assert len(ids) == len(set(ids))
    assert all(isinstance(id, str) and id for id in ids)


@pytest.mark.parametrize("kind", list(SINGULAR))
def test_records_have_the_form_of_the_api(kind: str) -> None:
    for record in CRM[kind].values():
        properties = record["properties"]

        assert set(record) <= {"id", "properties", "createdAt", "updatedAt", "archived", "associations"}
        assert properties["hs_object_id"] == record["id"]
        assert record["createdAt"] == properties.get("createdate", properties.get("hs_createdate"))
        assert record["updatedAt"] == properties.get("lastmodifieddate", properties.get("hs_lastmodifieddate"))
        assert all(value is None or (isinstance(value, str) and value) for value in properties.values()), record["id"]
        assert record["archived"] is False


@pytest.mark.parametrize("kind", list(SINGULAR))
def test_associations_lead_to_records_that_lead_back(kind: str) -> None:
    for record in CRM[kind].values():
        for other, listed in record.get("associations", {}).items():
            ids = [entry["id"] for entry in listed["results"]]
            assert len(ids) == len(set(ids))
            assert {entry["type"] for entry in listed["results"]} == {f"{SINGULAR[kind]}_to_{SINGULAR[other]}"}
            assert all(record["id"] in associated(CRM[other][id], kind) for id in ids), (kind, record["id"], other)


@pytest.mark.parametrize("kind", list(SINGULAR))
def test_an_owner_of_a_record_is_an_owner(kind: str) -> None:
    named = {record["properties"]["hubspot_owner_id"] for record in CRM[kind].values()} - {None}

    assert named <= set(OWNERS)


def test_deals_stand_in_a_stage_of_their_pipeline() -> None:
    stages = {id: {stage["id"] for stage in pipeline["stages"]} for id, pipeline in PIPELINES.items()}

    for deal in CRM["deals"].values():
        assert deal["properties"]["dealstage"] in stages[deal["properties"]["pipeline"]]
        assert deal["properties"]["amount"] is None or float(deal["properties"]["amount"]) >= 0


def test_there_are_two_pipelines_whose_stages_say_nothing_by_their_ids() -> None:
    stages = [stage for pipeline in PIPELINES.values() for stage in pipeline["stages"]]

    assert [pipeline["label"] for pipeline in PIPELINES.values()] == ["New business", "Renewals and growth"]
    assert len({stage["id"] for stage in stages}) == len(stages)
    assert all(re.fullmatch(r"\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", stage["id"]) for stage in stages)
    for stage in stages:
        assert set(stage["metadata"]) == {"isClosed", "probability"}
        ends = float(stage["metadata"]["probability"]) in (0, 1)
        assert stage["metadata"]["isClosed"] == ("true" if ends else "false")


def test_times_are_iso_with_an_offset_and_nothing_was_entered_after_the_world_was_true() -> None:
    as_of = datetime.fromisoformat(read("world.json")["as_of"]).replace(tzinfo=UTC) + timedelta(days=1)

    for record in chain(OWNERS.values(), *(of_kind.values() for of_kind in CRM.values())):
        created, updated = (datetime.fromisoformat(record[name]) for name in ("createdAt", "updatedAt"))
        assert created <= updated < as_of, record["id"]
    for deal in CRM["deals"].values():
        closes = datetime.fromisoformat(deal["properties"]["closedate"])
        assert datetime.fromisoformat(deal["createdAt"]) < closes
        assert not CLOSED[deal["properties"]["dealstage"]] or closes < as_of
    for kind in ("notes", "tasks"):
        assert all(datetime.fromisoformat(record["properties"]["hs_timestamp"]).tzinfo for record in CRM[kind].values())


def test_notes_and_tasks_are_by_people() -> None:
    assert not [text for text in texts([CRM["notes"], CRM["tasks"]]) if "sophia" in text.casefold()]


def test_the_messes_are_there_as_many_as_the_readme_says() -> None:
    contacts, deals = CRM["contacts"].values(), CRM["deals"].values()
    as_of = read("world.json")["as_of"]
    gone = {owner["id"] for owner in OWNERS.values() if owner["archived"]}
    names = Counter(full_name(contact) for contact in contacts)
    counted = {
        "people who are there twice, under another address": sum(count == 2 for count in names.values()),
        "contacts without an address": sum(contact["properties"]["email"] is None for contact in contacts),
        "contacts without a company": sum(not associated(contact, "companies") for contact in contacts),
        "deals without an owner": sum(deal["properties"]["hubspot_owner_id"] is None for deal in deals),
        "deals of an owner who has left": sum(deal["properties"]["hubspot_owner_id"] in gone for deal in deals),
        "deals without an amount": sum(deal["properties"]["amount"] is None for deal in deals),
        "deals without a company, without contacts": sum(not associated(deal, "companies") for deal in deals),
        "open deals whose close date has passed": sum(
            not CLOSED[deal["properties"]["dealstage"]] and deal["properties"]["closedate"][:10] < as_of
            for deal in deals
        ),
    }

    assert max(names.values()) == 2
    assert len(gone) == 1
    assert counted == {mess: readme_says(mess) for mess in counted}


def test_three_companies_are_there_twice() -> None:
    names = {id: company["properties"]["name"].casefold() for id, company in CRM["companies"].items()}
    pairs = {
        ("garland residential", "garland residential llc"),
        ("fernhill property group", "fernhill property grp"),
        ("larkspur association management", "larkspur hoa mgmt"),
    }

    assert readme_says("companies that are there twice") == len(pairs)
    assert all(set(pair) <= set(names.values()) for pair in pairs)
    assert len(set(names.values())) == len(names)


# People


def test_everybody_of_the_house_on_a_call_is_an_owner_but_three() -> None:
    seats = {owner["email"] for owner in OWNERS.values() if not owner["archived"]}
    heard = {
        party["emailAddress"]
        for call in CALLS
        for party in call["extensive"]["parties"]
        if party["affiliation"] == "Internal"
    }

    assert None not in heard
    assert heard - seats == WITHOUT_SEAT
    assert len(seats) == sum(not owner["archived"] for owner in OWNERS.values())


def test_owners_have_teams_and_a_user() -> None:
    for owner in OWNERS.values():
        assert owner["archived"] or (owner["userId"] and sum(team["primary"] for team in owner["teams"]) == 1)


def test_owners_and_colleagues_are_in_slack_but_one() -> None:
    at_work = {member["profile"].get("email") for member in MEMBERS if not member["deleted"]}
    seats = {owner["email"] for owner in OWNERS.values() if not owner["archived"]}

    assert (seats | WITHOUT_SEAT) - at_work == {"barnaby@corbel.example"}


def test_slack_has_a_guest_a_leaver_and_a_bot() -> None:
    owners = {owner["email"] for owner in OWNERS.values()}
    guests = [member for member in MEMBERS if member.get("is_restricted")]
    leavers = [member for member in MEMBERS if member["deleted"]]

    assert [guest["profile"]["email"] in owners for guest in guests] == [False]
    assert [OWNERS[id]["email"] for id in OWNERS if OWNERS[id]["archived"]] == [
        leaver["profile"]["email"] for leaver in leavers
    ]
    assert [member["profile"].get("email") for member in MEMBERS if member["is_bot"]] == [None]
    assert len({member["id"] for member in MEMBERS}) == len(MEMBERS)
    assert {member["team_id"] for member in MEMBERS} == {"T05PLGRP7Q2"}


def test_slack_has_two_channels() -> None:
    channels = read("slack/channels.json")["channels"]

    assert [channel["name"] for channel in channels] == ["sales-calls", "general"]
    assert {channel["creator"] for channel in channels} <= {member["id"] for member in MEMBERS}


# Nothing of it is real


def test_addresses_and_domains_are_of_the_kind_that_leads_nowhere() -> None:
    everything = texts([read(path.relative_to(DATA).as_posix()) for path in sorted(DATA.rglob("*.json"))])
    domains = {
        found.casefold()
        for text in everything
        for found in re.findall(r"(?:@|\b)((?:[\w-]+\.)+(?:example|com|net|org|io|co|us|uk|au|app|dev))\b", text)
    }

    assert {domain for domain in domains if not domain.endswith(".example")} == {"us-11211.app.gong.io"}
    assert all(address.endswith(".example") for text in everything for address in re.findall(r"\S+@\S+\w", text))


def test_telephone_numbers_are_of_the_range_kept_for_fiction() -> None:
    everything = texts([read(path.relative_to(DATA).as_posix()) for path in sorted(DATA.rglob("*.json"))])
    numbers = [text for text in everything if re.fullmatch(r"\+[\d ()-]{7,}", text)]

    assert len(numbers) > 20
    assert all(re.search(r"555 ?01\d\d$", number) for number in numbers)
