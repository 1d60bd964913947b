"""Gong over HTTP: reads calls and transcripts, a hundred to a request, just below the three requests a second allowed.

Only the two POST endpoints that *read* are used (`/v2/calls/extensive`, `/v2/calls/transcript`); `POST /v2/calls`
makes a call in the customer's account and is never sent. Gong answers "nothing found" with a 404, which is an empty
answer here. Every operation is a read, so all of them may be repeated.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import httpx
import structlog

from core.calls import Call, Transcript
from core.errors import ConfigurationError, Rejected, ServiceError, SophiaError, Unauthorized, Unavailable
from core.limiter import Limit, Limiter, ProcessWindows
from core.retry import RetryPolicy, asked_pause
from core.settings import LOOPBACK_HOSTS, Settings
from tools.batches import batches
from tools.gong.parse import Json, parse_call, parse_transcript

SERVICE = "Gong"
EXTENSIVE = "/v2/calls/extensive"
TRANSCRIPT = "/v2/calls/transcript"
CONNECT_S = 10.0
CONNECTIONS = 10
"""Requests on their way or waiting for their turn at once; three a second are all that Gong takes."""
PER_SECOND = Limit("second", 3, 1.0, spaced=True)
PER_DAY = Limit("day", 10_000, 86_400.0)
CONTENT = {"context": "Extended", "contextTiming": ["Now"], "exposedFields": {"parties": True}}

KEYS_NEXT = (
    "Check SOPHIA_GONG_ACCESS_KEY and SOPHIA_GONG_ACCESS_KEY_SECRET, and that the key has the scopes "
    "api:calls:read:extensive and api:calls:read:transcript."
)
ADDRESS_NEXT = "Let this machine's address through in Gong's settings for API access."
BASE_URL_NEXT = "Check SOPHIA_GONG_BASE_URL: Gong shows your own address where the access key is made."

T = TypeVar("T", Call, Transcript)
log = structlog.get_logger(__name__)


class GongClient:
    """The CallGateway over Gong's public API. `timeout_s` bounds each answer, in seconds."""

    def __init__(
        self,
        base_url: str,
        access_key: str,
        access_key_secret: str,
        *,
        limiter: Limiter | None = None,
        retry: RetryPolicy | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._limiter = limiter or Limiter(SERVICE, ProcessWindows())
        self._retry = retry or RetryPolicy()
        url = httpx.URL(base_url)
        self._http = httpx.AsyncClient(
            base_url=url,
            auth=(access_key, access_key_secret),
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S), pool=None),
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=60.0),
            trust_env=url.host not in LOOPBACK_HOSTS,
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The client of these settings; raises ConfigurationError that names what is not set."""
        base_url, key, secret = settings.gong_base_url, settings.gong_access_key, settings.gong_access_key_secret
        if base_url is None or key is None or secret is None:
            raise ConfigurationError(
                "Gong is not set up",
                next_step="Set SOPHIA_GONG_BASE_URL, SOPHIA_GONG_ACCESS_KEY and SOPHIA_GONG_ACCESS_KEY_SECRET.",
            )
        limiter = Limiter.from_settings(SERVICE, settings)
        return cls(str(base_url), key.get_secret_value(), secret.get_secret_value(), limiter=limiter)

    async def pages(self, since: datetime | None, until: datetime | None = None) -> AsyncIterator[tuple[Call, ...]]:
        """Calls that started in [since, until), with parties and CRM context, a page of up to 100 at a time.

        With neither, all calls there are: only so does Gong list those whose start it does not know.
        """
        bounds = {"fromDateTime": since, "toDateTime": until}
        wanted = {name: moment.isoformat() for name, moment in bounds.items() if moment is not None}
        async for page in self._answers(EXTENSIVE, {"filter": wanted, "contentSelector": CONTENT}):
            yield tuple(_readable(page, "calls", parse_call))

    async def calls(self, ids: Sequence[str]) -> Mapping[str, Call]:
        """Calls by id; an id that Gong does not know is absent."""
        return {
            call.id: call
            for batch in batches(ids)
            async for page in self._answers(EXTENSIVE, {"filter": {"callIds": batch}, "contentSelector": CONTENT})
            for call in _readable(page, "calls", parse_call)
        }

    async def transcripts(self, ids: Sequence[str]) -> Mapping[str, Transcript]:
        """Transcripts by call id; one that is not ready yet is absent."""
        return {
            transcript.call_id: transcript
            for batch in batches(ids)
            async for page in self._answers(TRANSCRIPT, {"filter": {"callIds": batch}})
            for transcript in _readable(page, "callTranscripts", _ready_transcript)
        }

    async def check(self) -> Mapping[str, str]:
        """What the credential can read: scope -> "ok" or what is wrong with it. Asks for a call that cannot be."""
        found = {}
        for scope, path in (("api:calls:read:extensive", EXTENSIVE), ("api:calls:read:transcript", TRANSCRIPT)):
            body = {"filter": {"callIds": ["1"]}} | ({"contentSelector": CONTENT} if path == EXTENSIVE else {})
            try:
                await self._post(path, body)
            except ServiceError as error:
                found[scope] = f"{error} {error.next_step or ''}".strip()
            else:
                found[scope] = "ok"
        return found

    async def close(self) -> None:
        await self._http.aclose()
        await self._limiter.close()

    async def _answers(self, path: str, body: dict[str, Any]) -> AsyncIterator[Json]:
        """The pages of an answer: the identical request again, with the cursor that the last one gave."""
        cursor, seen = None, set[str]()
        while True:
            page = await self._post(path, body | ({"cursor": cursor} if cursor else {}))
            yield page
            records = page.get("records")
            cursor = records.get("cursor") if isinstance(records, Mapping) else None
            if not cursor:
                return
            if cursor in seen:
                raise Rejected(SERVICE, f"{path} gave the same page twice; the rest cannot be read")
            seen.add(cursor)

    async def _post(self, path: str, body: dict[str, Any]) -> Json:
        return await self._retry.run(lambda: self._send(path, body), repeatable=True)

    async def _send(self, path: str, body: dict[str, Any]) -> Json:
        try:
            response = await self._http.post(path, json=body, extensions={"trace": self._wait_to_leave})
        except httpx.TimeoutException as error:
            raise Unavailable(SERVICE, f"no answer to {path} in time") from error
        except httpx.TransportError as error:
            raise Unavailable(SERVICE, f"cannot be reached ({error})") from error
        if response.status_code == 429 and (pause := asked_pause(response.headers.get("Retry-After"))):
            self._limiter.hold(pause)
        return _answer(response)

    async def _wait_to_leave(self, event: str, _: Mapping[str, Any]) -> None:
        """Waits for the request's turn once its connection stands, so that it arrives when the limiter thinks it does.

        Gong counts arrivals: a request that first has to connect would come late and close to those after it.
        """
        if event == "http11.send_request_headers.started":
            await self._limiter.turn(PER_SECOND, PER_DAY)


def _answer(response: httpx.Response) -> Json:
    """What the answer holds; raises the error that its status means."""
    status = response.status_code
    body = _json(response)
    if status == 404 and body is not None and "errors" in body:
        return {}  # "No calls found corresponding to the provided filters" is an answer, not a fault
    if status == 200 and body is not None:
        return body
    said = _said(response, body)
    if status == 401:
        raise Unauthorized(SERVICE, f"refuses the access key ({said})", next_step=KEYS_NEXT, status=status)
    if status == 403:
        raise Unauthorized(SERVICE, f"refuses this machine ({said})", next_step=ADDRESS_NEXT, status=status)
    if status == 429 or status >= 500:
        pause = asked_pause(response.headers.get("Retry-After"))
        raise Unavailable(SERVICE, f"answered {said}", retry_after=pause, status=status)
    where = None if body is not None and status == 400 else BASE_URL_NEXT
    raise Rejected(SERVICE, f"answered {said}", next_step=where, status=status)


def _json(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


def _said(response: httpx.Response, body: Json | None) -> str:
    errors = (body or {}).get("errors")
    reasons = "; ".join(str(error) for error in errors) if isinstance(errors, list) else ""
    return f"{response.status_code} {reasons or 'without a reason'}"[:300]


def _readable(page: Json, name: str, parse: Callable[[Json], T | None]) -> list[T]:
    """The items of a page that can be read: one that cannot is logged, and does not take the others with it."""
    items = page.get(name)
    if items is not None and not isinstance(items, list):
        raise Rejected(SERVICE, f"sent {name} that is not a list", next_step=BASE_URL_NEXT)
    found = []
    for item in items or ():
        try:
            parsed = parse(item) if isinstance(item, Mapping) else None
        except SophiaError as error:
            log.warning("gong_item_unreadable", item=name, reason=str(error))
        else:
            found += [parsed] if parsed is not None else []
    return found


def _ready_transcript(item: Json) -> Transcript | None:
    """A transcript; one whose turns are null is not ready yet."""
    return None if item.get("transcript") is None else parse_transcript(item)
