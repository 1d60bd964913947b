"""Which records the asker may see; of tasks and notes by the one rule for them (nodes/attached.py).

The record that a task or note belongs to is named only to who may see that record itself.
"""

from collections.abc import Sequence

from nodes.attached import allows_all, audiences_of
from nodes.audiences import record_audience
from nodes.querying.reading import Reader
from tools.hubspot.port import ObjectType, Record


async def allowed_records(reader: Reader, type: ObjectType, records: Sequence[Record]) -> list[Record]:
    """Those of the records that the asker may see, in their order."""
    own = [record for record in records if reader.scope.allows(record_audience(record))]
    audiences = await audiences_of(reader.context.house, reader, type, own)
    return [record for record in own if allows_all(reader.scope, audiences[record.id])]
