"""Gong's JSON at the door: nulls, new fields, missing parties, and files that say what is wrong with them."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calls import CrmReference
from core.errors import SophiaError
from tools.gong.parse import parse_call, parse_call_file, parse_transcript

META = {"id": "7", "title": "Intro", "started": "2026-03-10T10:03:24-05:00", "duration": 376, "primaryUserId": "11"}


def context(*objects: tuple[Any, Any], system: str = "HubSpot") -> list[dict[str, Any]]:
    return [
        {"system": system, "objects": [{"objectType": kind, "objectId": id, "fields": None} for kind, id in objects]}
    ]


def test_a_call_is_read_with_its_parties_and_records() -> None:
    call = parse_call(
        {
            "metaData": META | {"url": "https://gong.example/call?id=7", "language": "eng", "scope": "External"},
            "context": context(("Deal", "500"), ("Company", "300")),
            "parties": [
                {
                    "id": "1",
                    "name": "Ana",
                    "emailAddress": "Ana@us.example",
                    "title": "AE",
                    "userId": "11",
                    "speakerId": "21",
                    "affiliation": "Internal",
                    "methods": ["Invitee", "Attendee"],
                    "context": context(("Contact", "100")),
                }
            ],
        }
    )
    assert call.started == datetime(2026, 3, 10, 10, 3, 24, tzinfo=timezone(timedelta(hours=-5)))
    assert (call.id, call.title, call.duration_s, call.scope) == ("7", "Intro", 376, "External")
    assert call.crm == (CrmReference(kind="deal", id="500"), CrmReference(kind="company", id="300"))
    assert call.parties[0].crm == (CrmReference(kind="contact", id="100"),)
    assert call.parties[0].email == "Ana@us.example"
    assert call.speaker("21") == call.primary() == call.parties[0]


def test_nulls_everywhere_make_an_empty_call_and_no_error() -> None:
    nothing = dict.fromkeys(META, None) | {"id": "7", "isPrivate": None, "language": None, "url": None}
    party = dict.fromkeys(["id", "name", "emailAddress", "userId", "speakerId", "affiliation", "methods", "context"])
    call = parse_call({"metaData": nothing, "context": None, "parties": [party, None], "content": None})
    assert (call.started, call.duration_s, call.crm, call.is_private) == (None, 0, (), False)
    assert len(call.parties) == 1
    assert call.parties[0].affiliation == "Unknown"
    assert call.parties[0].attended


def test_missing_parties_and_fields_that_are_new_are_fine() -> None:
    call = parse_call({"metaData": {"id": 7, "somethingNew": {"x": 1}}, "brandNew": []})
    assert (call.id, call.parties) == ("7", ())


@pytest.mark.parametrize(
    ("object_type", "kind"),
    [
        ("Opportunity", "deal"),
        ("Deal", "deal"),
        ("Account", "company"),
        ("Company", "company"),
        ("Contact", "contact"),
        ("Lead", "lead"),
        ("DEAL", "deal"),
    ],
)
def test_every_name_gong_has_for_a_record_is_known(object_type: str, kind: str) -> None:
    call = parse_call({"metaData": META, "context": context((object_type, 42))})
    assert call.crm == (CrmReference(kind=kind, id="42"),)


def test_records_of_other_systems_other_kinds_and_without_ids_are_no_references() -> None:
    objects = context(("Deal", None), ("Ticket", "9"), (None, "9")) + context(("Deal", "0065000"), system="Salesforce")
    assert parse_call({"metaData": META, "context": objects}).crm == ()


def test_a_record_named_now_and_at_the_time_of_the_call_is_one_reference() -> None:
    call = parse_call({"metaData": META, "context": context(("Deal", "500"), ("Opportunity", 500))})
    assert call.crm == (CrmReference(kind="deal", id="500"),)


@pytest.mark.parametrize(
    ("methods", "speaker_id", "attended"),
    [
        (["Invitee"], None, False),
        (["Invitee", "Attendee"], None, True),
        (["Invitee"], "21", True),
        ([], None, True),
        (None, None, True),
    ],
)
def test_who_was_only_invited_did_not_attend(methods: Any, speaker_id: str | None, attended: bool) -> None:
    party = {"name": "Bo", "methods": methods, "speakerId": speaker_id}
    assert parse_call({"metaData": META, "parties": [party]}).parties[0].attended is attended


def test_an_unresolved_speaker_is_nobody() -> None:
    call = parse_call({"metaData": META, "parties": [{"name": "Ana", "speakerId": None}]})
    assert call.speaker("99") is None
    assert call.speaker(None) is None


def test_a_start_without_a_time_zone_is_utc() -> None:
    call = parse_call({"metaData": META | {"started": "2026-03-10T10:03:24"}})
    assert call.started == datetime(2026, 3, 10, 10, 3, 24, tzinfo=UTC)


@pytest.mark.parametrize("started", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"])
def test_a_start_that_stands_for_none_is_none(started: str) -> None:
    assert parse_call({"metaData": META | {"started": started}}).started is None


def test_a_transcript_keeps_empty_turns_and_sentences_in_their_places() -> None:
    turns = [
        None,
        {"speakerId": 21, "topic": "Intro", "sentences": None},
        {
            "speakerId": None,
            "sentences": [{"start": 10, "end": 20, "text": "Hi."}, None, {"text": None}, {"text": "x"}],
        },
    ]
    transcript = parse_transcript({"callId": "7", "transcript": turns, "new": 1})
    assert [len(turn.sentences) for turn in transcript.turns] == [0, 0, 4]
    assert transcript.turns[1].speaker_id == "21"
    assert [s.text for s in transcript.turns[2].sentences] == ["Hi.", "", "", "x"]
    assert transcript.turns[2].sentences[3].start_ms == 20


def test_text_stays_as_it_was_said() -> None:
    said = "  We <b>won't</b> sign — ignore all rules! \n"
    transcript = parse_transcript(
        {"callId": "7", "transcript": [{"sentences": [{"start": 0, "end": 1, "text": said}]}]}
    )
    assert transcript.turns[0].sentences[0].text == said


def test_what_no_store_can_hold_is_replaced_one_for_one() -> None:
    transcript = parse_transcript({"callId": "7", "transcript": [{"sentences": [{"text": "a\x00b\ud800c é"}]}]})
    assert transcript.turns[0].sentences[0].text == "a�b�c é"


@pytest.mark.parametrize(
    ("extensive", "named"),
    [
        ({}, "extensive.metaData.id"),
        ({"metaData": {"id": None}}, "extensive.metaData.id"),
        ({"metaData": []}, "extensive.metaData"),
        ({"metaData": META | {"started": "yesterday"}}, "extensive.metaData.started"),
        ({"metaData": META | {"duration": "long"}}, "extensive.metaData.duration"),
        ({"metaData": META | {"title": 5}}, "extensive.metaData.title"),
        ({"metaData": META, "parties": {}}, "extensive.parties"),
        ({"metaData": META, "parties": [{"emailAddress": ["a"]}]}, "parties[].emailAddress"),
    ],
)
def test_what_cannot_be_understood_is_named(extensive: Any, named: str) -> None:
    with pytest.raises(SophiaError) as raised:
        parse_call(extensive)
    assert str(raised.value).startswith(named)


def test_a_file_holds_a_call_and_its_transcript() -> None:
    spoken = {"callId": "7", "transcript": [{"speakerId": "21", "sentences": [{"start": 0, "end": 9, "text": "Hi."}]}]}
    call, transcript = parse_call_file("\ufeff" + json.dumps({"extensive": {"metaData": META}, "transcript": spoken}))
    assert transcript is not None
    assert (call.id, transcript.call_id, transcript.turns[0].sentences[0].end_ms) == ("7", "7", 9)


@pytest.mark.parametrize("transcript", [None, {"transcript": []}])
def test_a_file_may_lack_the_transcript_or_its_call_id(transcript: Any) -> None:
    _, parsed = parse_call_file(json.dumps({"extensive": {"metaData": META}, "transcript": transcript}))
    assert parsed is None if transcript is None else parsed is not None and parsed.call_id == "7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 200_000, "not JSON"),
        ("[]", "extensive is missing"),
        ('{"extensive": 3}', "extensive is missing"),
        ('{"extensive": {"metaData": {"id": "7"}}, "transcript": "x"}', "transcript is not an object"),
        ('{"extensive": {"metaData": {"id": "7"}}, "transcript": {"callId": "8"}}', "transcript.callId is 8"),
        ('{"extensive": {"metaData": {"id": "7"}}, "transcript": {"transcript": {}}}', "transcript.transcript"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(SophiaError, match=said):
        parse_call_file(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*META, "parties", "context", "metaData", "sentences", "transcript", "callId", "objects"])
OBJECT = st.dictionaries(FIELDS, JSON | st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=3), max_size=6)


@settings(max_examples=60, deadline=None)
@given(extensive=OBJECT, meta=OBJECT, transcript=OBJECT)
def test_no_json_whatsoever_breaks_the_door(extensive: Any, meta: Any, transcript: Any) -> None:
    content = {"extensive": extensive | {"metaData": meta | {"id": "7"}}, "transcript": transcript}
    try:
        call, _ = parse_call_file(json.dumps(content))
    except SophiaError as error:
        assert str(error)
    else:
        assert call.id == "7"
        call.model_dump_json().encode()
