"""Links to HubSpot's web pages, made from the portal's own id and host."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from tools.hubspot.port import Account, ObjectType

PAGES: Mapping[ObjectType, str] = {"contacts": "0-1", "companies": "0-2", "deals": "0-3"}
"""HubSpot's type ids of the records that have a page; notes and tasks stand on their records' pages."""

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.hubspot\.com")
"""A host of HubSpot's own: the API's answer is data, and no link leads elsewhere because of it."""


def record_url(account: Account, type: ObjectType, id: str) -> str | None:
    """The web page of a record, None when it has none of its own or the portal's host is not HubSpot's."""
    page = PAGES.get(type)
    if page is None or not HOST.fullmatch(account.ui_domain):
        return None
    return (
        f"https://{account.ui_domain}/contacts/{quote(account.portal_id, safe='')}/record/{page}/{quote(id, safe='')}"
    )
