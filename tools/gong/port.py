"""What Sophia asks of Gong. The client behind it is tools/gong/client.py."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.calls import Call, Transcript


class CallGateway(Protocol):
    """Reads calls and transcripts, never writes.

    Errors of every method: Unavailable, Unauthorized, Rejected (core.errors). No result is an empty answer.
    """

    def pages(self, since: datetime | None, until: datetime | None = None) -> AsyncIterator[tuple[Call, ...]]:
        """Calls that started in [since, until), with parties and CRM context, a page of up to 100 at a time.

        With neither, all calls there are: only so does Gong list those whose start it does not know.
        """
        ...

    async def calls(self, ids: Sequence[str]) -> Mapping[str, Call]:
        """Calls by id; an id that Gong does not know is absent. Any number of ids, 100 a request."""
        ...

    async def transcripts(self, ids: Sequence[str]) -> Mapping[str, Transcript]:
        """Transcripts by call id; one that is not ready yet is absent. Any number of ids, 100 a request."""
        ...

    async def check(self) -> Mapping[str, str]:
        """What the credential can read: scope -> "ok" or what is wrong with it. Never writes."""
        ...

    async def close(self) -> None: ...
