"""Keeps web pages from answering for whoever looks at them.

A door that lets in everybody on this machine lets in the browser, too, and with it every page that it shows. What
changes something is therefore taken only from a program, or from a page of this very address.
"""

from http import HTTPStatus
from typing import Final

from fastapi import Request

from api.problems import Problem

JSON: Final = "application/json"
OWN_SITES: Final = frozenset({"same-origin", "none"})
"""What a browser says of a request that a page of this address made, or the person alone."""


def refuse_foreign_pages(request: Request) -> None:
    """Raises a Problem for what a page of another address may have sent, and for any body that is not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:  # a page can send other kinds elsewhere without asking the browser's leave
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body must be {JSON}.", reason="not_json")
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if (site is not None and site not in OWN_SITES) or (origin is not None and origin != own):
        raise Problem(HTTPStatus.FORBIDDEN, "Not from a page of another address.", reason="foreign_page")
