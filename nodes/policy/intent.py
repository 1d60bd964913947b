"""What somebody is about to do, as the rules look at it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nodes.crm_sync.deals import stage_of
from nodes.policy.rules import Action
from tools.hubspot.port import CrmGateway, Pipeline, Record


@dataclass(frozen=True)
class Intent:
    """What somebody is about to do, with all that a rule may ask of it; None is what is not known.

    `value` is what is to be written, as HubSpot holds it (a stage's id), and `to_stage_label` the name of that stage.
    `confidence` is that of the finding it rests on, 0 to 1. `amount`, `stage_id` and `stage_label` are how the deal
    stands now. `asked_by` is the address of who asked for it, None where nobody did: it comes of a call.
    """

    action: Action
    object_type: str
    field: str | None = None
    agent: str = "crm_sync"
    value: str | None = None
    confidence: float | None = None
    amount: float | None = None
    stage_id: str | None = None
    stage_label: str | None = None
    to_stage_label: str | None = None
    asked_by: str | None = None


def as_it_stands(intent: Intent, deal: Record | None, pipelines: Sequence[Pipeline]) -> Intent:
    """The intent with how this deal stands now."""
    if deal is None:
        return intent
    stage = stage_of(deal, pipelines)
    return replace(
        intent,
        amount=amount_of(deal.get("amount")),
        stage_id=deal.get("dealstage"),
        stage_label=stage.label if stage else None,
    )


async def with_standing(crm: CrmGateway, intent: Intent, deal: Record | None) -> Intent:
    """The intent with how this deal stands now, its stage by name."""
    return intent if deal is None else as_it_stands(intent, deal, await crm.pipelines())


def amount_of(text: str | None) -> float | None:
    """An amount as HubSpot writes it; None when it is empty or no number."""
    try:
        amount = float(text or "")
    except ValueError:
        return None
    return amount if amount - amount == 0 else None
