"""The first line of an answer about what was found in calls: what of it is sure, and what is only possible."""

from core.query import Query
from nodes.querying.call_items import without_findings
from nodes.querying.fields import FINDING
from nodes.querying.items import Selected
from nodes.querying.phrases import Naming, counted_findings, described


def findings_sentence(query: Query, selected: Selected, by: str, naming: Naming) -> str:
    """How many findings, or calls with one, are sure, among how many calls; only those count. `by` names the groups."""
    looked_at = described(without_findings(query), selected.looked_at, naming)
    if not selected.looked_at:
        return f"No {looked_at}."
    among = f"{selected.looked_at:,} {looked_at}"
    if not selected.items:
        return _nothing_sure(query, selected, among)
    return f"{_counted(query, selected, among)}{by}{_possible(selected)}"


def _nothing_sure(query: Query, selected: Selected, among: str) -> str:
    possible = selected.possible_findings
    if not possible:
        return f"No {counted_findings(query)} in {among}."
    verb = "is" if possible == 1 else "are"
    return f"No {counted_findings(query, 1)} is sure in {among}; {possible:,} more {verb} only possible:"


def _counted(query: Query, selected: Selected, among: str) -> str:
    """The calls where they are counted, else the findings in them."""
    calls, aggregate = len(selected.items), query.aggregate
    within = among if calls == selected.looked_at else f"{calls:,} of {among}"
    if aggregate is not None and FINDING not in (aggregate.field, aggregate.by):
        return f"{within} {'has' if calls == 1 else 'have'} {counted_findings(query)}"
    count = sum(len(item.said) for item in selected.items)
    return f"{count:,} {counted_findings(query, count)} in {within}"


def _possible(selected: Selected) -> str:
    possible = selected.possible_findings
    return f"; {possible:,} more {'is' if possible == 1 else 'are'} only possible." if possible else "."
