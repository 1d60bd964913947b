"""Which effect is on top of which, once some of them were taken back and some of those again."""

from typing import Any

from memory.ledger import Effect, EffectStatus
from nodes.undo.cases import newer_on, stands


def effect(key: str, undoes: str | None = None, status: str = "confirmed", field: str = "amount") -> Effect:
    about: dict[str, Any] = {"agent": "a", "service": "hubspot", "action": "update", "object_type": "deals"}
    return Effect(key=key, call_id="1", field=field, undoes=undoes, status=EffectStatus(status), **about)


def test_an_undo_does_not_stand_and_the_undo_of_it_does() -> None:
    rows = {row.key: row for row in (effect("a"), effect("b", "a"), effect("c", "b"), effect("d", "c"))}
    assert [stands(row, rows) for row in rows.values()] == [True, False, True, False]


def test_the_undo_of_what_is_not_known_does_not_stand() -> None:
    assert not stands(effect("b", "a"), {})


def test_the_last_write_to_the_same_property_is_on_top() -> None:
    rows = [effect("before"), effect("a"), effect("other", field="dealstage"), effect("b"), effect("c")]
    assert newer_on(rows[1], rows, ()) == rows[4]
    assert newer_on(rows[1], rows, {"c"}) == rows[3]
    assert newer_on(rows[4], rows, ()) is None


def test_what_was_taken_back_or_never_done_is_on_top_of_nothing() -> None:
    first = effect("a")
    rows = [first, effect("b", status="undone"), effect("c", "b"), effect("d", status="failed")]
    assert newer_on(first, rows, ()) is None
    assert newer_on(first, [*rows, effect("e", "c")], ()) == effect("e", "c")  # b stands again
