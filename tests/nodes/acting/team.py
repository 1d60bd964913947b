"""A small team whose records people change from a conversation.

Dana (owner 1) and Erik (owner 2) are reps, Max (3) is the manager of both, Vera (4) is a viewer; Nick is nobody. Dana
owns Acme (company 101, contact 201, deal 301) and task 401, Erik owns Birch (102) with deal 302 and task 402; Cedar
(103) with deal 303 belongs to nobody. Owen (5) has left.
"""

from typing import Any

from core.rights.people_file import PeopleFile, PersonEntry

Json = dict[str, Any]

OWNERS = (
    ("1", "dana@ours.example", "Dana Reyes", False),
    ("2", "erik@ours.example", "Erik Holm", False),
    ("3", "max@ours.example", "Max Lee", False),
    ("4", "vera@ours.example", "Vera Moss", False),
    ("5", "owen@ours.example", "Owen Gray", True),
)
PEOPLE = PeopleFile(
    version=1,
    person=(
        PersonEntry(email="dana@ours.example", role="rep", teams=("east",)),
        PersonEntry(email="erik@ours.example", role="rep", teams=("east",)),
        PersonEntry(email="max@ours.example", role="manager", teams=("east",)),
        PersonEntry(email="vera@ours.example", role="viewer"),
    ),
)
STAGES = (("s1", "Discovery", "false", "0.1"), ("s2", "Demo", "false", "0.4"), ("s3", "Contract", "false", "0.9"))


def _stage(place: int, id: str, label: str, closed: str, probability: str) -> Json:
    metadata = {"isClosed": closed, "probability": probability}
    return {"id": id, "label": label, "displayOrder": place, "metadata": metadata}


def _record(id: str, links: dict[str, str] | None = None, **properties: str) -> Json:
    associations = {type: {"results": [{"id": other}]} for type, other in (links or {}).items()}
    return {"id": id, "properties": properties, "associations": associations}


def _task(id: str, subject: str, owner: str, deal: str) -> Json:
    about = {"hs_task_status": "NOT_STARTED", "hs_timestamp": "2026-03-12T22:00:00Z", "hs_task_type": "TODO"}
    return _record(id, {"deals": deal}, hs_task_subject=subject, hubspot_owner_id=owner, **about)


CRM: dict[str, list[Json]] = {
    "owners": [
        {"id": id, "email": email, "firstName": name.split()[0], "lastName": name.split()[1], "archived": archived}
        for id, email, name, archived in OWNERS
    ],
    "pipelines": [
        {
            "id": "p1",
            "label": "Sales",
            "displayOrder": 0,
            "stages": [_stage(place, *stage) for place, stage in enumerate((*STAGES, ("s4", "Won", "true", "1.0")))],
        }
    ],
    "companies": [
        _record("101", name="Acme", domain="acme.example", hubspot_owner_id="1"),
        _record("102", name="Birch", domain="birch.example", hubspot_owner_id="2"),
        _record("103", name="Cedar", domain="cedar.example"),
    ],
    "contacts": [
        _record("201", {"companies": "101"}, email="ana@acme.example", firstname="Ana", hubspot_owner_id="1"),
    ],
    "deals": [
        _record(
            "301",
            {"companies": "101"},
            dealname="Acme rollout",
            pipeline="p1",
            dealstage="s2",
            amount="1000",
            closedate="2026-04-30T17:00:00Z",
            hubspot_owner_id="1",
        ),
        _record("302", dealname="Birch pilot", pipeline="p1", dealstage="s1", amount="2000", hubspot_owner_id="2"),
        _record("303", dealname="Cedar renewal", pipeline="p1", dealstage="s1"),
    ],
    "tasks": [_task("401", "Call Ana", "1", "301"), _task("402", "Call Bea", "2", "302")],
    "notes": [],
}
