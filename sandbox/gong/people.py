"""Gong's users, workspaces and trackers, as far as the calls tell of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.gong.answers import NO_USERS, Refused
from sandbox.gong.asked import UserFilter
from sandbox.gong.calls import Calls
from sandbox.store import Document

SINCE = datetime(2024, 1, 8, 9, tzinfo=UTC)
"""When every user was made: before any call."""


def users(calls: Calls, wanted: UserFilter) -> list[Document]:
    """The people of our own company who were on a call, by id; raises Refused(404) when nobody fits."""
    known: dict[str, Document] = {}
    for party in _internal_parties(calls):
        known.setdefault(str(party["userId"]), _user(party))
    found = [user for id, user in sorted(known.items()) if wanted.user_ids is None or id in wanted.user_ids]
    if not found or not _made_within(wanted):
        raise Refused(404, NO_USERS)
    return found


def workspaces(calls: Calls) -> list[Document]:
    """The workspaces that calls are in."""
    ids = {call["metaData"].get("workspaceId") for call in calls.all()} - {None}
    return [
        {"id": id, "name": f"Workspace {number}", "description": ""}
        for number, id in enumerate(sorted(map(str, ids)), start=1)
    ]


def trackers(calls: Calls, workspace_id: str | None) -> list[Document]:
    """The trackers that were found in calls of the workspace, or of all of them."""
    known: dict[str, Document] = {}
    for call in calls.all():
        workspace = call["metaData"].get("workspaceId")
        if workspace_id is not None and workspace != workspace_id:
            continue
        for tracker in _objects((call.get("content") or {}).get("trackers")):
            known.setdefault(str(tracker.get("id")), _tracker(tracker, workspace))
    return list(known.values())


def _internal_parties(calls: Calls) -> Iterator[Document]:
    for call in calls.all():
        for party in _objects(call.get("parties")):
            if party.get("userId"):
                yield party


def _objects(listed: Any) -> list[Document]:
    """The objects of a list that may be null or hold nulls."""
    return [item for item in listed or [] if isinstance(item, dict)]


def _made_within(wanted: UserFilter) -> bool:
    after = wanted.created_from_date_time is None or wanted.created_from_date_time <= SINCE
    return after and (wanted.created_to_date_time is None or wanted.created_to_date_time > SINCE)


def _user(party: Document) -> Document:
    first, _, last = str(party.get("name") or "").partition(" ")
    return {
        "id": str(party["userId"]),
        "emailAddress": party.get("emailAddress"),
        "created": SINCE.isoformat(),
        "active": True,
        "emailAliases": [],
        "trustedEmailAddress": None,
        "firstName": first or None,
        "lastName": last or None,
        "title": party.get("title"),
        "phoneNumber": party.get("phoneNumber"),
        "extension": None,
        "personalMeetingUrls": [],
        "settings": {
            "webConferencesRecorded": True,
            "preventWebConferenceRecording": False,
            "telephonyCallsImported": False,
            "emailsImported": True,
            "preventEmailImport": False,
            "nonRecordedMeetingsImported": False,
            "gongConnectEnabled": True,
        },
        "managerId": None,
        "meetingConsentPageUrl": None,
        "spokenLanguages": [],
    }


def _tracker(tracker: Document, workspace_id: object) -> Document:
    return {
        "trackerId": str(tracker.get("id")),
        "trackerName": tracker.get("name"),
        "workspaceId": workspace_id,
        "languageKeywords": [],
        "affiliation": "Anyone",
        "partOfQuestion": False,
        "saidAt": "Anytime",
        "saidAtInterval": None,
        "saidAtUnit": None,
        "saidInTopic": None,
        "filterQuery": None,
        "created": SINCE.isoformat(),
        "creatorUserId": None,
        "updated": SINCE.isoformat(),
        "updaterUserId": None,
    }
