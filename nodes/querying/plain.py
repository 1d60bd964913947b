"""Values as people read them: days, moments, amounts with their currency, and texts of others in one harmless line."""

import re
import unicodedata
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from nodes.showing import shorten

SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}

ADDRESS: Final = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)\S+", re.IGNORECASE)
LINK_LEFT_OUT: Final = "(a link)"
READ_AHEAD: Final = 10
"""Of a long text, so many times what is shown of it is looked at: addresses that are left out make it shorter."""


def one_line(text: str, limit: int) -> str:
    """What others wrote in one line without control characters and addresses of the web."""
    read = text[: limit * READ_AHEAD]  # a property may hold 65,000 letters, and no search in it be quick
    plain = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in read)
    return shorten(ADDRESS.sub(LINK_LEFT_OUT, plain), limit)


def day_text(day: date) -> str:
    """`12 Dec 2026`."""
    return f"{day.day} {day:%b %Y}"


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """`12 Dec 2026, 14:05`."""
    local = moment.astimezone(zone)
    return f"{day_text(local)}, {local:%H:%M}"


def number_text(value: Decimal) -> str:
    """`1,234` or `1,234.50`."""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def money_text(value: Decimal, currency: str | None) -> str:
    """`$1,234`, `CHF 1,234`; without a currency that is known the number alone."""
    sign, amount = "-" if value < 0 else "", number_text(abs(value))
    if currency is None:
        return f"{sign}{amount}"
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{amount}" if symbol else f"{sign}{one_line(currency, 3)} {amount}"
