"""The first line of an answer: how many there are, what they come to, and what is not among it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.query import OWNER, Query
from nodes.querying.cells import cell
from nodes.querying.fields import ID
from nodes.querying.finding_words import findings_sentence
from nodes.querying.items import Item, Selected
from nodes.querying.phrases import Naming, described
from nodes.querying.plain import money_text
from nodes.querying.shape import Figure
from nodes.querying.tabulating import GROUPS, columns_of, figure_text
from nodes.querying.totals import counted_of, money_in_all, without
from nodes.querying.used import asks_findings

NOBODY: Final = "nobody"
MOST_DEALS: Final = 3
FUNCTIONS: Final = {
    "sum": "{value} {what}in {records}",
    "avg": "{value} {what}on average over {records}",
    "min": "{value} is the lowest {what}of {records}",
    "max": "{value} is the highest {what}of {records}",
}


@dataclass(frozen=True)
class Told:
    """What there is to tell: all that was selected in its order, what of it is shown, and what was counted."""

    query: Query
    selected: Selected
    shown: Sequence[Item]
    figures: Sequence[Figure]
    naming: Naming


def sentence(told: Told) -> str:
    """What came of the query, in one line or two short ones."""
    query, items, naming = told.query, told.selected.items, told.naming
    if asks_findings(query) and not (query.limit == 1 and items and query.aggregate is None):
        return findings_sentence(query, told.selected, _by(query, naming), naming)
    return _of_records(query, items, told.shown, told.figures, naming)


def _of_records(
    query: Query, items: Sequence[Item], shown: Sequence[Item], figures: Sequence[Figure], naming: Naming
) -> str:
    aggregate = query.aggregate
    if not items:
        return f"No {described(query, 0, naming)}."
    if aggregate is not None and aggregate.fn != "count":
        return f"{_figure(query, items, figures, naming)}.{_lacking(query, counted_of(query, items), naming)}"
    if aggregate is None and (query.limit == 1 or _is_named(query, items)):
        return _one(query, shown[0], naming)
    if aggregate is None and (query.skip or query.limit is not None) and len(shown) < len(items):
        which = f"{query.skip + 1} to {query.skip + len(shown)}" if query.skip else f"{len(shown)}"
        return f"{which} of {_records(query, len(items), naming)}{_sorted(query, naming)}."
    counted = f"{_records(query, len(items), naming)}{_by(query, naming)}"
    return f"{counted}{_money(query, items)}.{_lacking(query, items, naming)}"


def _records(query: Query, count: int, naming: Naming) -> str:
    return f"{count:,} {described(query, count, naming)}"


def _one(query: Query, item: Item, naming: Naming) -> str:
    """One record with all that its row holds."""
    portal = naming.portal
    told = []
    names = columns_of(query, portal)[1:]
    if query.object != "calls":
        names.sort(key=lambda name: name != OWNER)  # whose it is comes first: most ask for that
    for name in names:
        text, field = cell(item, name, portal).text, portal.fields.get(name)
        if text:
            told.append(f"{field.label.lower()} {text}" if field else text)
    told_of = f"{item.name}: {', '.join(told)}." if told else f"{item.name}."
    return f"{told_of}{_deals_of_others(item, naming)}" if query.object == "companies" else told_of


def _deals_of_others(company: Item, naming: Naming) -> str:
    """Who else has open deals with a company: who asks for its owner often means theirs."""
    portal, own = naming.portal, company.first(OWNER)
    open_stages = {stage.id for pipeline in portal.pipelines for stage in pipeline.stages if not stage.closed}
    others: dict[str, list[str]] = {}
    for deal in company.of_type("deals"):
        if deal.stage in open_stages and deal.owner != own:
            owner = portal.owners.get(deal.owner, NOBODY) if deal.owner else NOBODY
            others.setdefault(owner, []).append(deal.name)
    told = [f"{owner} ({', '.join(names[:MOST_DEALS])})" for owner, names in others.items()]
    return f" Its open deals are also with {' and '.join(told)}." if told else ""


def _is_named(query: Query, items: Sequence[Item]) -> bool:
    """Whether it is about one record that was named."""
    return len(items) == 1 and any(one.field == ID and one.op in ("eq", "in") for one in query.filters)


def _figure(query: Query, items: Sequence[Item], figures: Sequence[Figure], naming: Naming) -> str:
    """One figure for each currency; of groups what they come to together, where that can be said."""
    aggregate = query.aggregate
    assert aggregate is not None
    field = naming.portal.fields.get(aggregate.field or "")
    records = _records(query, len(items), naming)
    if aggregate.by is not None:
        return f"{records}{_by(query, naming)}{_money(query, items)}"
    if (first := len(counted_of(query, items))) < len(items):
        records = f"the first {first:,} of {records}{_sorted(query, naming)}"
    values = (
        " and ".join(figure_text(figure, field, naming.portal) for figure in figures if figure.records) or "nothing"
    )
    what = f"{field.label.lower()} " if field else ""
    plain = "" if field and field.is_money and aggregate.fn in ("sum", "avg") else what
    return FUNCTIONS[aggregate.fn].format(value=values, what=plain, records=records)


def _money(query: Query, items: Sequence[Item]) -> str:
    """What the amounts come to, each currency by itself."""
    sums = money_in_all("amount", items) if query.object == "deals" else {}
    told = [money_text(amount, currency) for currency, amount in sorted(sums.items(), key=_largest)]
    return f", {' and '.join(told)} in all" if told else ""


def _lacking(query: Query, items: Sequence[Item], naming: Naming) -> str:
    """How many have no value of what was added up."""
    aggregate = query.aggregate
    name = (aggregate.field if aggregate else None) or ("amount" if query.object == "deals" else None)
    field = naming.portal.fields.get(name or "")
    lacking = without(field.name, items) if field else 0
    if field is None or not lacking or _is_said(query, field.name):
        return ""
    verb = "has" if lacking == 1 else "have"
    whose = "It" if len(items) == 1 else f"{lacking:,} of them"
    return f" {whose} {verb} no {field.label.lower()}."


def _is_said(query: Query, name: str) -> bool:
    """Whether that they have no value there is what was asked for."""
    return any(one.field == name and one.op == "is_empty" for one in query.filters)


def _by(query: Query, naming: Naming) -> str:
    by = query.aggregate.by if query.aggregate else None
    if by is None:
        return ""
    field = naming.portal.fields.get(by)
    return f" by {(GROUPS.get(by) or (field.label if field else by)).lower()}"


def _sorted(query: Query, naming: Naming) -> str:
    field = naming.portal.fields.get(query.sort[0].field) if query.sort else None
    return f", by {field.label.lower()}" if field else ""


def _largest(sum: tuple[str | None, Decimal]) -> Decimal:
    return -sum[1]
