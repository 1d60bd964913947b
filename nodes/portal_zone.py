"""The time zone of the portal: in it days begin and end, and every moment that a person is told is told."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from tools.hubspot.port import Account


def zone_named(name: str | None) -> tzinfo | None:
    """The zone of this name, None where there is none or this machine's time zone data does not have it."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, KeyError, OSError):
        return None


def zone_of(account: Account) -> tzinfo:
    """The account's time zone, UTC where nobody can tell."""
    return zone_named(account.time_zone) or UTC
