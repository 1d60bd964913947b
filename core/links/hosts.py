"""The hosts that answers may link to."""

import re
from typing import Final

from core.settings import Settings

GONG: Final = "gong.io"
HOST: Final = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def allowed_hosts(settings: Settings, hubspot_host: str) -> frozenset[str]:
    """Gong, the HubSpot portal's own host (`Account.ui_domain`), and those that the owner named.

    What is no host, such as an address or one with a star, allows nothing.
    """
    named = [host.strip().lower() for host in (settings.link_hosts or "").split(",")]
    return frozenset(host for host in (GONG, hubspot_host.lower(), *named) if HOST.fullmatch(host))


def leads_to(host: str, allowed: frozenset[str]) -> bool:
    """Whether a host is one of these or below one of them."""
    return any(host == known or host.endswith(f".{known}") for known in allowed)
