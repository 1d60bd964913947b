"""Cells of a table: a field's values as people read them, beside the one they were made of."""

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from nodes.chat.shape import Cell
from nodes.querying.fields import NAMED, Field
from nodes.querying.items import Item, Linked
from nodes.querying.plain import day_text, money_text, number_text, one_line
from nodes.querying.reading import Portal
from nodes.querying.values import Value, day_in, plain_number
from nodes.showing import duration

TEXT_LENGTH = 80
CONSTANT: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)+")
TYPES_OF_LINKS = {"company": "companies", "deal": "deals", "contact": "contacts"}


def cell(item: Item, name: str, portal: Portal) -> Cell:
    """What an item holds in a field."""
    if name == NAMED[item.type]:
        return Cell(text=item.name, value=item.id, link=item.link)
    if name == "about":
        return _linked(item.links[:1])
    if name in TYPES_OF_LINKS:
        return _linked([one for one in item.links if one.type == TYPES_OF_LINKS[name]][:1])
    value, field = item.first(name), portal.fields.get(name)
    if value is None:
        return Cell(text="")
    several = [value_text(each, field, item.currency, portal.zone) for each in item.get(name)]
    return Cell(text=one_line(", ".join(dict.fromkeys(several)), TEXT_LENGTH), value=_plain(value))


def value_text(value: Value, field: Field | None, currency: str | None, zone: tzinfo) -> str:
    """A value by its name, with its currency, or as a day."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return _number(value, field, currency)
    if isinstance(value, date):
        return day_text(day_in(value, zone) or value)
    options = field.options if field else {}
    return one_line(options.get(value) or _spelt(value), TEXT_LENGTH)


def _spelt(value: str) -> str:
    """A value that is written for programs, like REAL_ESTATE, as people write it."""
    return value.replace("_", " ").capitalize() if CONSTANT.fullmatch(value) else value


def _number(value: Decimal, field: Field | None, currency: str | None) -> str:
    if field is not None and field.is_money:
        return money_text(value, currency)
    if field is not None and field.name == "duration":
        return duration(int(value))
    return number_text(value)


def _linked(links: Sequence[Linked]) -> Cell:
    return Cell(text=links[0].name, value=links[0].id, link=links[0].link) if links else Cell(text="")


def _plain(value: Value) -> str | int | float:
    if isinstance(value, Decimal):
        return plain_number(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
