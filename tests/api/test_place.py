"""A backfill goes on where it stopped, but only where that is certain to leave nothing out."""

from datetime import UTC, datetime, timedelta

from api.place import Place
from core.calls import Call

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
OVERLAP = timedelta(hours=48)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def page(*days: int | None) -> list[Call]:
    return [Call(id=str(n), started=None if day is None else at(day)) for n, day in enumerate(days)]


def begun() -> Place:
    return Place(since=START, through=START, listed_at=NOW)


def test_the_place_moves_with_pages_in_order() -> None:
    place = begun().after(page(1, 2, 2)).after(page(3, 9))
    assert place.resume_at(START, OVERLAP) == at(9)


def test_a_page_out_of_order_sends_the_next_run_to_the_beginning() -> None:
    assert begun().after(page(5, 6)).after(page(4)).resume_at(START, OVERLAP) == START
    assert begun().after(page(6, 5)).resume_at(START, OVERLAP) == START


def test_a_call_without_a_start_says_nothing_of_the_order() -> None:
    assert begun().after(page(1, None, 3)).resume_at(START, OVERLAP) == START


def test_order_once_lost_is_not_found_again() -> None:
    assert begun().after(page(5, 4)).after(page(6, 7)).resume_at(START, OVERLAP) == START


def test_calls_near_the_end_of_the_former_listing_are_listed_again() -> None:
    days = (NOW - START).days
    assert begun().after(page(1, days)).resume_at(START, OVERLAP) == NOW - OVERLAP


def test_a_finished_backfill_leaves_nothing_to_resume() -> None:
    place = begun().after(page(1, 9)).model_copy(update={"complete": True})
    assert place.resume_at(START, OVERLAP) == START


def test_a_longer_backfill_begins_at_its_own_beginning() -> None:
    assert begun().after(page(1, 9)).resume_at(at(-30), OVERLAP) == at(-30)


def test_a_backfill_of_later_days_never_goes_back_before_them() -> None:
    assert begun().after(page(1, 9)).resume_at(at(5), OVERLAP) == at(9)
    assert begun().after(page(1, 9)).resume_at(at(20), OVERLAP) == at(20)


def test_an_empty_page_changes_nothing() -> None:
    assert begun().after(page(1, 2)).after([]) == begun().after(page(1, 2))


def test_a_place_survives_being_stored() -> None:
    place = begun().after(page(1, 2))
    assert Place.model_validate_json(place.model_dump_json()) == place
