"""Numbers that no record holds neither break a turn nor its checkpoint."""

import pytest

from nodes.understanding.shape import Focus
from nodes.understanding.slots.amounts import LARGEST
from nodes.understanding.slots.counting import MOST_WANTED
from nodes.understanding.understanding import understand
from tests.nodes.understanding.portal import lexicon

NINES = "9" * 20


@pytest.mark.parametrize("figure", [NINES, "9" * 400])
async def test_an_amount_beyond_all_records_is_bounded(figure: str) -> None:
    query = (await understand(f"deals over {figure}", lexicon(), Focus())).first.query
    values = [one.value for one in query.filters if one.field == "amount"] if query else []
    assert all(isinstance(value, int | float) and value <= LARGEST for value in values)


async def test_nobody_reads_more_rows_than_a_table_has() -> None:
    query = (await understand(f"top {NINES} deals by amount", lexicon(), Focus())).first.query
    assert query is not None
    assert query.limit is None or query.limit <= MOST_WANTED
