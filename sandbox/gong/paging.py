"""Gong's paging: a hundred records a page, and a cursor that is good for the identical request only."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.gong.answers import Refused
from sandbox.store import Document

PAGE_SIZE = 100

Record = TypeVar("Record")


@dataclass(frozen=True)
class Paging:
    """Makes cursors and reads them again; `secret` keeps them from being made by anybody else."""

    secret: bytes

    def page(
        self, records: Sequence[Record], request: Mapping[str, Any], cursor: str | None
    ) -> tuple[Sequence[Record], Document]:
        """One page of the records, and what the answer says about it.

        `request` is all that was asked save the cursor. Raises Refused(400) for a cursor of another request.
        """
        purpose = _digest(request)
        number = 0 if cursor is None else self._number(cursor, purpose)
        start = number * PAGE_SIZE
        shown = records[start : start + PAGE_SIZE]
        about: Document = {
            "totalRecords": len(records),
            "currentPageSize": len(shown),
            "currentPageNumber": number,
        }
        if start + PAGE_SIZE < len(records):
            about["cursor"] = self._cursor(number + 1, purpose)
        return shown, about

    def _cursor(self, number: int, purpose: str) -> str:
        body = base64.urlsafe_b64encode(json.dumps({"page": number, "for": purpose}).encode()).decode()
        return f"{body}.{self._signature(body)}"

    def _number(self, cursor: str, purpose: str) -> int:
        body, _, signature = cursor.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            raise Refused(400, "cursor: is not valid")
        try:
            meant = json.loads(base64.urlsafe_b64decode(body))
        except (binascii.Error, ValueError) as error:
            raise Refused(400, "cursor: is not valid") from error
        if meant["for"] != purpose:
            raise Refused(400, "cursor: belongs to another request; repeat the identical one")
        return int(meant["page"])

    def _signature(self, body: str) -> str:
        return hmac.new(self.secret, body.encode(), hashlib.sha256).hexdigest()[:32]


def _digest(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()[:32]
