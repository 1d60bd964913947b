"""Questions whose answer is a list or a figure: what is said is held to the data files, for everybody who may ask."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from core.people import TERMINAL, Person
from tests.scenarios.asking.conftest import DANNY, HELENA, KENYA, OTTILIE, STRANGER, Json, Town, records_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZONE: Final = ZoneInfo("US/Central")
DEALS, COMPANIES, CONTACTS, TASKS = (records_of(type) for type in ("deals", "companies", "contacts", "tasks"))
OWNERS: Final = {one["email"]: one for one in records_of("owners").values()}
STAGES: Final = {stage["id"]: stage for one in records_of("pipelines").values() for stage in one["stages"]}
WHO: Final[Mapping[str, str | Person]] = {
    "admin": TERMINAL,
    "rep": DANNY,
    "manager": HELENA,
    "viewer": OTTILIE,
    "stranger": STRANGER,
}
Which = Callable[[Json], bool]


def held(record: Json, field: str) -> Any:
    """What the data file says, as people mean it."""
    text = record["properties"].get(field)
    if not text:
        return None
    if field in ("amount", "numberofunits"):
        return float(text)
    if field in ("closedate", "createdate", "hs_timestamp"):
        return datetime.fromisoformat(text).astimezone(ZONE).date()
    return text


def is_open(deal: Json) -> bool:
    return bool(STAGES[deal["properties"]["dealstage"]]["metadata"]["isClosed"] == "false")


def stage_of(deal: Json) -> str:
    return str(STAGES[deal["properties"]["dealstage"]]["label"])


def is_won(deal: Json) -> bool:
    about = STAGES[deal["properties"]["dealstage"]]["metadata"]
    return bool(about["isClosed"] == "true" and float(about["probability"]) == 1)


def amount(deal: Json) -> float:
    return held(deal, "amount") or 0.0


def closes(deal: Json, first: date, last: date) -> bool:
    day = held(deal, "closedate")
    return day is not None and first <= day <= last


def of(email: str) -> Which:
    return lambda record: record["properties"].get("hubspot_owner_id") == OWNERS[email]["id"]


def seen_by(role: str, record: Json) -> bool:
    """The rule of the house, worked out anew from the files: who may read the record."""
    owner = record["properties"].get("hubspot_owner_id")
    if role == "admin" or (role != "stranger" and not owner):
        return True
    if role == "rep":
        return bool(owner == OWNERS[DANNY]["id"])
    if role == "manager":
        mine = {team["id"] for team in OWNERS[HELENA]["teams"]}
        theirs: list[Json] = next((one["teams"] for one in OWNERS.values() if one["id"] == owner), [])
        return owner == OWNERS[HELENA]["id"] or any(team["id"] in mine for team in theirs)
    return False


def counted(text: str) -> int:
    """The number that an answer begins with; none where it says that there is none."""
    first = text.split()[0].replace(",", "")
    return 0 if first == "No" else int(first)


def money(value: float) -> str:
    return f"${value:,.0f}"


NOVEMBER, DECEMBER = (date(2026, 11, 1), date(2026, 11, 30)), (date(2026, 12, 1), date(2026, 12, 31))
QUARTER, NEXT_QUARTER = (date(2026, 10, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 3, 31))

LISTS: Final[Mapping[str, tuple[Mapping[str, Json], Which]]] = {
    "deals closing this month over 50k": (DEALS, lambda d: is_open(d) and closes(d, *NOVEMBER) and amount(d) > 50_000),
    "deals closing next month": (DEALS, lambda d: is_open(d) and closes(d, *DECEMBER)),
    "open deals closing this quarter under 40k": (
        DEALS,
        lambda d: is_open(d) and closes(d, *QUARTER) and held(d, "amount") is not None and amount(d) < 40_000,
    ),
    "how many open deals close next quarter?": (DEALS, lambda d: is_open(d) and closes(d, *NEXT_QUARTER)),
    "deals owned by Kenya": (DEALS, of(KENYA)),
    "open deals of Kenya or Danny": (DEALS, lambda d: is_open(d) and (of(KENYA)(d) or of(DANNY)(d))),
    "open deals over 50k not owned by Kenya": (
        DEALS, lambda d: is_open(d) and amount(d) > 50_000 and not of(KENYA)(d),
    ),
    "deals in Discovery": (DEALS, lambda d: "discovery" in stage_of(d).lower()),
    "deals without an owner": (DEALS, lambda d: held(d, "hubspot_owner_id") is None),
    "deals without an amount": (DEALS, lambda d: held(d, "amount") is None),
    "deals between 80k and 100k": (DEALS, lambda d: 80_000 <= amount(d) <= 100_000),
    "how many deals did we win": (DEALS, is_won),
    "companies in Texas": (COMPANIES, lambda c: held(c, "state") in ("TX", "Texas")),
    "contacts without an email": (CONTACTS, lambda c: held(c, "email") is None),
}  # fmt: skip


@pytest.mark.parametrize("role", WHO)
@pytest.mark.parametrize("question", LISTS)
async def test_a_list_is_of_what_there_is_and_the_asker_may_see(town: Town, question: str, role: str) -> None:
    records, which = LISTS[question]
    expected = {id for id, record in records.items() if which(record) and seen_by(role, record)}
    answer = await town.talk(WHO[role]).says(question)
    assert answer.kind == "query", answer.text
    if not expected and answer.text.startswith("I know nobody and nothing called"):
        return  # a name, or a state, that none of the records has which they may see
    assert counted(answer.text) == len(expected), answer.text
    shown = {one.id for one in answer.replies[0].results}
    assert shown <= expected and len(shown) == min(len(expected), 10)


@pytest.mark.parametrize("role", ["admin", "rep", "manager", "viewer"])
async def test_sums_add_up_what_the_asker_may_see(town: Town, role: str) -> None:
    seen = [deal for deal in DEALS.values() if is_open(deal) and seen_by(role, deal)]
    told = await town.talk(WHO[role]).hears("total amount of open deals by stage")
    for stage in {deal["properties"]["dealstage"] for deal in seen}:
        total = sum(amount(deal) for deal in seen if deal["properties"]["dealstage"] == stage)
        assert not total or money(total) in told
    assert money(sum(map(amount, seen))) in told


async def test_the_largest_come_first(town: Town) -> None:
    largest = sorted(filter(is_open, DEALS.values()), key=amount, reverse=True)[:5]
    answer = await town.talk().says("top 5 open deals by amount")
    assert [one.id for one in answer.replies[0].results] == [deal["id"] for deal in largest]


async def test_an_average_is_over_those_that_have_a_value(town: Town) -> None:
    values = [amount(deal) for deal in DEALS.values() if held(deal, "amount") is not None]
    told = await town.talk().hears("average deal size")
    assert f"${sum(values) / len(values):,.2f}" in told
    assert f"{len(DEALS) - len(values)} of them have no amount" in told


async def test_months_are_counted_one_by_one(town: Town) -> None:
    answer = await town.talk().says("how many open deals close each month")
    table = answer.replies[0].table
    assert table is not None
    for row in table.rows:
        month = datetime.strptime(row[0].text, "%b %Y")  # noqa: DTZ007
        days = [held(deal, "closedate") for deal in DEALS.values() if is_open(deal)]
        assert int(row[1].text) == sum((day.year, day.month) == (month.year, month.month) for day in days if day)


async def test_what_is_overdue_is_by_the_day_of_the_portal(town: Town) -> None:
    """Of the tasks in the files, that is: the calls made others, which are due later than today or of other people."""
    late = {
        id
        for id, task in TASKS.items()
        if held(task, "hs_timestamp") < date(2026, 11, 20) and held(task, "hs_task_status") != "COMPLETED"
    }
    answer = await town.talk().says("how many tasks are overdue")
    made = set(town.made("tasks")) - set(TASKS)
    assert counted(answer.text) >= len(late)
    assert {one.id for one in answer.replies[0].results} <= late | made


CURIOUS: Final = (
    "all deals",
    "pipeline by owner",
    "deals by company",
    "who owns Lodestar",
    "last call with Lodestar",
    "what did they say about the price at Lodestar",
    "brief me on Stillwater",
    "is Stillwater qualified",
    "who was told about the Stillwater call",
    "how many deals does Kenya have",
    "move Lodestar to Negotiation",
)


@pytest.mark.parametrize("who", [DANNY, OTTILIE, STRANGER])
async def test_nothing_that_is_said_names_what_the_asker_may_not_see(town: Town, who: str) -> None:
    role = next(name for name, person in WHO.items() if person == who)
    hidden = [deal["properties"]["dealname"] for deal in DEALS.values() if not seen_by(role, deal)]
    talk = town.talk(who)
    for question in CURIOUS:
        told = await talk.hears(question)
        leaked = [name for name in hidden if name in told]
        assert not leaked, question
