"""A value for a picklist is exactly one of its options, or it is asked about."""

from typing import cast

import pytest

from nodes.policy.offered import offered
from nodes.policy.picklists import fits, matching_option
from nodes.state import Change
from tools.hubspot.port import CrmGateway, FieldSpec, ObjectType, Owner, Pipeline, Record

KIND = FieldSpec(
    name="dealtype",
    label="Deal type",
    type="enumeration",
    options=(("newbusiness", "New Business"), ("existing", "Renewal"), ("upsell", "Growth"), ("cross", "Growth")),
)
FREE = FieldSpec(name="dealname", label="Name", type="string")
OWNER = FieldSpec(name="hubspot_owner_id", label="Owner", type="enumeration")


class Portal:
    """What a portal says of itself, and how often it was asked for properties."""

    def __init__(self, *specs: FieldSpec, pipelines: tuple[Pipeline, ...] = ()) -> None:
        self.asked: list[str] = []
        self._specs = {spec.name: spec for spec in specs}
        self._pipelines = pipelines

    async def fields(self, type: ObjectType) -> dict[str, FieldSpec]:
        self.asked.append(type)
        return self._specs

    async def pipelines(self) -> tuple[Pipeline, ...]:
        return self._pipelines

    async def owners(self) -> tuple[Owner, ...]:
        return (Owner(id="1"), Owner(id="2", archived=True))


def change(field: str, after: str, type: ObjectType = "deals", id: str = "301") -> Change:
    return Change(key=field, object_type=type, object_id=id, field=field, label=field, after=after)


async def offer(portal: Portal, one: Change, deal: Record | None = None) -> str | None:
    """What is written in the end, None where a person is asked."""
    found = (await offered(cast("CrmGateway", portal), [one], deal))[one.key]
    return found.after if found else None


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("newbusiness", "newbusiness"),
        ("New Business", "newbusiness"),
        ("new business", None),
        ("New Business ", None),
        ("Growth", None),  # two options are called so
        ("upsell", "upsell"),
        ("", None),
    ],
)
def test_an_option_is_matched_by_value_or_label_exactly(text: str, option: str | None) -> None:
    assert matching_option(text, KIND) == option
    assert fits(text, KIND) == (option is not None)


def test_free_text_fits_where_there_is_no_picklist() -> None:
    assert fits("Acme rollout", FREE)


def test_a_picklist_whose_options_are_not_known_takes_nothing() -> None:
    assert not fits("1", OWNER)


async def test_an_options_label_becomes_its_value() -> None:
    assert await offer(Portal(KIND), change("dealtype", "Renewal")) == "existing"


async def test_what_is_no_option_is_asked_about() -> None:
    assert await offer(Portal(KIND), change("dealtype", "Growth")) is None


async def test_what_is_no_picklist_is_written_as_it_is() -> None:
    assert await offer(Portal(FREE), change("dealname", "Acme")) == "Acme"


async def test_an_owner_must_be_one_who_is_still_there() -> None:
    assert await offer(Portal(OWNER), change("hubspot_owner_id", "1")) == "1"
    assert await offer(Portal(OWNER), change("hubspot_owner_id", "2")) is None


async def test_a_property_that_sophia_has_yet_to_make_has_the_options_it_will_have() -> None:
    portal = Portal()
    assert await offer(portal, change("last_call_sentiment", "mixed", "contacts")) == "mixed"
    assert await offer(portal, change("last_call_sentiment", "bored", "contacts")) is None


async def test_an_option_that_somebody_took_away_is_asked_about() -> None:
    left = FieldSpec(name="last_call_sentiment", label="x", type="enumeration", options=(("positive", "Positive"),))
    assert await offer(Portal(left), change("last_call_sentiment", "mixed", "contacts")) is None


async def test_the_portal_is_asked_once_for_each_kind_of_record_and_not_for_plain_text_of_ours() -> None:
    portal = Portal(KIND)
    text = [change("sophia_risk", "a"), change("sophia_next_step", "b"), change("last_call_date", "2026-03-10")]
    await offered(cast("CrmGateway", portal), text, None)
    assert portal.asked == []
    await offered(cast("CrmGateway", portal), [*text, change("dealtype", "a"), change("amount", "3")], None)
    assert portal.asked == ["deals"]


@pytest.mark.parametrize(
    ("stage", "written"), [("s4", "s4"), ("Contract", None), ("elsewhere", None), ("S4", None), ("", None)]
)
async def test_a_stage_is_an_id_of_the_deals_own_pipeline(
    deal: Record, pipeline: Pipeline, stage: str, written: str | None
) -> None:
    other = Pipeline(id="p2", label="Other", stages=())
    portal = Portal(pipelines=(other, pipeline))
    assert await offer(portal, change("dealstage", stage), deal) == written


async def test_the_stage_of_a_deal_that_was_not_read_is_asked_about(deal: Record, pipeline: Pipeline) -> None:
    portal = Portal(pipelines=(pipeline,))
    assert await offer(portal, change("dealstage", "s4", id="999"), deal) is None
    assert await offer(portal, change("dealstage", "s4"), None) is None
