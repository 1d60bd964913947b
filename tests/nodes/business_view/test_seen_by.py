"""Of a view a reader is shown what is for them, and of a record that is not, nothing."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.scope import EVERYTHING, NOTHING, UNOWNED, Scope, owned_by
from nodes.business_view.shape import MOST_CALLS, BusinessView, CallSeen, FactSeen, Source

NOW = datetime(2026, 3, 10, tzinfo=UTC)
AUDIENCES = (owned_by("1"), owned_by("2"), UNOWNED, None)


def view(audience: str | None, *parts: str | None) -> BusinessView:
    """A company's view with a call and a fact for each of these audiences."""
    gong, said = Source(system="Gong"), Source(system="a person", at=NOW)
    return BusinessView(
        source=Source(system="HubSpot", at=NOW),
        audience=audience,
        type="companies",
        id="101",
        name="Acme",
        calls=tuple(
            CallSeen(source=gong, audience=each, call_id=str(number), name="", summary=str(each))
            for number, each in enumerate(parts)
        ),
        facts=tuple(FactSeen(source=said, audience=each, id="f", text=str(each), by="Ana") for each in parts),
    )


@given(
    st.sampled_from(AUDIENCES),
    st.lists(st.sampled_from(AUDIENCES), max_size=9),
    st.sets(st.sampled_from(AUDIENCES[:3])),
)
def test_nothing_is_seen_that_the_scope_does_not_allow(
    own: str | None, parts: list[str | None], allowed: set[str]
) -> None:
    seen = view(own, *parts).seen_by(Scope(audiences=frozenset(allowed)))
    if own not in allowed:
        assert seen is None
        return
    assert seen is not None
    assert [call.summary for call in seen.calls] == [str(each) for each in parts if each in allowed][:MOST_CALLS]
    assert {fact.text for fact in seen.facts} <= allowed


def test_an_admin_sees_all_and_a_stranger_nothing() -> None:
    whole = view(None, *AUDIENCES)
    assert whole.seen_by(EVERYTHING) == whole
    assert whole.seen_by(NOTHING) is None
    assert view(UNOWNED).seen_by(NOTHING) is None
