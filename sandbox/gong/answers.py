"""What Gong's answers have in common: a request id, and errors as a list of sentences."""

import secrets
from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse, Response

from sandbox.store import Document

NO_CALLS = "No calls found corresponding to the provided filters"
NO_USERS = "No users found corresponding to the provided filters"


class Refused(Exception):
    """A request that Gong refuses with this status, for these reasons."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.status = status
        self.errors = errors


def answered(document: Document, status: int = 200) -> Response:
    """An answer with its request id."""
    return JSONResponse({"requestId": _request_id(), **document}, status_code=status)


def refused(status: int, errors: Sequence[str], headers: Mapping[str, str] | None = None) -> Response:
    """A refusal in Gong's form."""
    return JSONResponse({"requestId": _request_id(), "errors": list(errors)}, status_code=status, headers=headers)


def _request_id() -> str:
    return secrets.token_hex(10)
