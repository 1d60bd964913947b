"""Data folders: what is read, how dates move, and what a wrong one is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.reading import WorldError
from sandbox.world import load_world

Write = Callable[[str, Any], Path]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def call(id: object = "7001", **meta: object) -> dict[str, Any]:
    return {"extensive": {"metaData": {"id": id, **meta}}, "transcript": None}


def stage(metadata: object) -> list[dict[str, Any]]:
    return [{"id": "p", "stages": [{"id": "s", "metadata": metadata}]}]


def test_a_list_a_page_and_a_single_record_are_all_read(write: Write) -> None:
    write("hubspot/contacts.json", [{"id": "1", "properties": {}}])
    write("hubspot/companies.json", {"results": [{"id": 2, "properties": {}}]})
    data = write("hubspot/deals.json", {"id": "3", "properties": {"dealname": "x"}})
    crm = load_world(data, NOW).crm
    assert [crm[type][0]["id"] for type in ("contacts", "companies", "deals")] == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["company.json", "companies-2.json", "companies/acme.json", "Companies.json"])
def test_the_type_is_told_by_the_file_or_its_folder(write: Write, name: str) -> None:
    data = write(f"hubspot/{name}", [{"id": "1"}])
    assert "companies" in load_world(data, NOW).crm


def test_a_file_of_an_unknown_type_is_left_out_and_named(write: Write) -> None:
    write("hubspot/contacts.json", [])
    data = write("hubspot/spaceships.json", [{"id": "1"}])
    world = load_world(data, NOW)
    assert "spaceships" in world.notes[0]
    assert set(world.crm) == {"contacts"}


def test_account_details_need_no_id_of_their_own(write: Write) -> None:
    data = write("hubspot/account-info.json", {"portalId": 77, "timeZone": "Europe/Berlin"})
    assert load_world(data, NOW).crm["account"][0]["portalId"] == 77


def test_slack_lists_are_read_with_and_without_their_envelope(write: Write) -> None:
    write("slack/users.json", {"ok": True, "members": [{"id": "U1"}]})
    write("slack/channels.json", [{"id": "C1"}])
    world = load_world(write("calls/a.json", call()), NOW)
    assert (world.slack_users[0]["id"], world.slack_channels[0]["id"]) == ("U1", "C1")


def test_without_a_world_file_no_date_moves(data: Path) -> None:
    meta = load_world(data, NOW).calls["7001"].extensive["metaData"]
    assert meta["started"] == "2026-03-10T10:03:24-05:00"


def test_crm_dates_move_by_whole_weeks_since_the_data_were_current(write: Write) -> None:
    write("world.json", {"as_of": "2026-11-10"})
    record = {
        "id": "1",
        "properties": {"closedate": "2026-12-01", "name": "2026 plan"},
        "createdAt": "2026-01-01T05:00:00Z",
    }
    data = write("hubspot/deals.json", [record])
    deal = load_world(data, NOW).crm["deals"][0]
    assert deal["properties"] == {"closedate": "2026-12-08", "name": "2026 plan"}
    assert deal["createdAt"] == "2026-01-08T05:00:00Z"


def test_a_listed_call_ends_its_weeks_before_now_and_keeps_weekday_and_hour(data: Path, write: Write) -> None:
    write("world.json", {"as_of": "2026-03-12", "calls": {"7001": 2}})
    call = load_world(data, NOW).calls["7001"].extensive
    started = datetime.fromisoformat(call["metaData"]["started"])
    original = datetime.fromisoformat("2026-03-10T10:03:24-05:00")
    assert started.timetz() == original.timetz()
    assert (started.date() - original.date()).days % 7 == 0
    assert 14 <= (NOW - started).days < 21
    assert call["context"][0]["objects"][0]["fields"][0]["value"] == "2027-03-09"


def test_a_call_of_this_week_is_over_already(write: Write) -> None:
    write("world.json", {"as_of": "2026-11-20", "calls": {"7001": 0}})
    data = write("calls/a.json", call(started="2026-11-20T10:00:00+00:00", duration=1800))
    started = datetime.fromisoformat(load_world(data, NOW).calls["7001"].extensive["metaData"]["started"])
    assert started == datetime(2026, 11, 13, 10, tzinfo=UTC)


def test_a_call_without_a_start_moves_with_the_rest(write: Write) -> None:
    write("world.json", {"as_of": "2026-11-10", "calls": {"7001": 1}})
    data = write("calls/a.json", call(started=None, scheduled="2026-11-01T00:00:00Z"))
    assert load_world(data, NOW).calls["7001"].extensive["metaData"]["scheduled"] == "2026-11-08T00:00:00Z"


def test_the_digest_changes_with_any_file(data: Path, write: Write) -> None:
    before = load_world(data, NOW).digest
    assert load_world(data, NOW).digest == before
    write("hubspot/companies.json", [])
    assert load_world(data, NOW).digest != before


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("calls/x.json", [], "the file: must be an object"),
        ("calls/x.json", {"transcript": None}, "extensive: must be an object, not nothing"),
        ("calls/x.json", {"extensive": {"metaData": None}}, "extensive.metaData: must be an object"),
        ("calls/x.json", {"extensive": {"metaData": {}}}, "extensive.metaData.id: must be a non-empty id"),
        ("calls/x.json", call() | {"transcript": []}, "transcript: must be an object"),
        ("calls/x.json", call() | {"transcript": {"callId": "1"}}, "transcript.callId: is not 7001"),
        ("calls/x.json", call() | {"transcript": {"transcript": "x"}}, "transcript.transcript: must be a list"),
        ("hubspot/deals.json", "x", "results: must be a list"),
        ("hubspot/deals.json", [{}], "[0].id: must be a non-empty id, not nothing"),
        ("hubspot/deals.json", [{"id": "1"}, {"id": 1}], "[1].id: 1 is there twice"),
        ("hubspot/deals.json", ["x"], "[0]: must be an object"),
        ("calls/x.json", call("1", duration="long"), "extensive.metaData.duration: must be a number or null"),
        ("calls/x.json", {"extensive": {"metaData": {"id": "1"}, "parties": "x"}}, "extensive.parties: must be a list"),
        ("calls/x.json", {"extensive": {"metaData": {"id": "1"}, "context": {}}}, "extensive.context: must be a list"),
        ("hubspot/deals.json", [{"id": "1", "properties": "x"}], "[0].properties: must be an object"),
        ("hubspot/deals.json", [{"id": "1", "associations": ["x"]}], "[0].associations: must be an object"),
        ("hubspot/pipelines.json", [{"id": "p", "displayOrder": "first"}], "[0].displayOrder: must be a number"),
        ("hubspot/pipelines.json", [{"id": "p", "stages": "x"}], "[0].stages: must be a list"),
        ("hubspot/pipelines.json", [{"id": "p", "stages": [{}]}], "[0].stages[0].id: must be a non-empty id"),
        ("hubspot/pipelines.json", stage([]), "[0].stages[0].metadata: must be an object"),
        ("hubspot/pipelines.json", stage({"probability": "high"}), "stages[0].metadata.probability: must be a number"),
        ("world.json", {"as_of": "yesterday"}, "as_of: must be a date"),
        ("world.json", {"as_of": "2026-01-01", "calls": {"9": 1}}, "calls.9: is the id of no call"),
        ("world.json", {"as_of": "2026-01-01", "calls": {"7001": -1}}, "calls.7001: must be a whole number"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_and_field(write: Write, name: str, value: object, said: str) -> None:
    write("calls/7001.json", call())
    data = write(name, value)
    with pytest.raises(WorldError) as caught:
        load_world(data, NOW)
    assert str(caught.value).startswith(str(data / name))
    assert said in str(caught.value)


def test_two_files_with_the_same_call_are_refused(write: Write) -> None:
    write("calls/a.json", call())
    with pytest.raises(WorldError, match=r"b\.json: extensive\.metaData\.id: 7001"):
        load_world(write("calls/b.json", call()), NOW)


def test_a_file_that_is_not_json_is_refused(data: Path) -> None:
    (data / "calls" / "bad.json").write_text("{")
    with pytest.raises(WorldError, match=r"bad\.json: cannot be read as JSON"):
        load_world(data, NOW)


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="neither a calls/ nor a hubspot/"):
        load_world(tmp_path, NOW)
