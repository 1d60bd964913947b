"""Through which stages a deal came, as far as HubSpot tells; while it does not, as far as Sophia moved the deal."""

from collections.abc import Sequence
from datetime import datetime

from memory.ledger import EffectStatus
from nodes.audiences import record_audience
from nodes.business_view.record import Portal
from nodes.business_view.shape import Source, StageMove
from nodes.context import Context
from nodes.policy.offered import STAGE
from tools.hubspot.port import Pipeline, Record

MOST = 12
"""The last stages are shown: some deals go to and fro."""


async def stage_history(context: Context, deal: Record, portal: Portal) -> tuple[StageMove, ...]:
    """Every stage with when the deal came into it, the earliest first; raises what CrmGateway raises."""
    versions = await context.crm.history("deals", deal.id, STAGE)
    pipelines = await context.crm.pipelines()
    source = Source(system="HubSpot", link=portal.link)
    moves = [_move(deal, _label(version.value, pipelines), version.at, source) for version in versions if version.value]
    return tuple(moves[-MOST:])


async def own_moves(context: Context, deal: Record) -> tuple[StageMove, ...]:
    """The stages that Sophia moved the deal to, as the ledger has them, by their ids."""
    effects = await context.records.ledger.of_records("deals", [deal.id])
    done = [row for row in effects if row.field == STAGE and row.status is EffectStatus.CONFIRMED]
    moves = [
        _move(deal, row.after, row.updated_at, Source(system="Sophia")) for row in done if row.after and row.updated_at
    ]
    return tuple(moves[-MOST:])


def _move(deal: Record, stage: str, at: datetime, source: Source) -> StageMove:
    return StageMove(source=source, audience=record_audience(deal), stage=stage, at=at)


def _label(stage: str, pipelines: Sequence[Pipeline]) -> str:
    """A stage's label in whichever pipeline has it: a deal may have changed its pipeline meanwhile."""
    found = (pipeline.stage(stage) for pipeline in pipelines)
    return next((one.label for one in found if one is not None), stage)
