"""The calls that Gong has: found by filter, with transcripts that may come late, and made by the one wrong request."""

import logging
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sandbox.frame import Frame
from sandbox.gong.asked import CallFilter, NewCall
from sandbox.store import Document, Table

TRANSCRIPT_PATH = "/v2/calls/transcript"
LATE = frozenset({"late_transcript"})

log = logging.getLogger(__name__)


class Calls:
    """Table gong.calls: call id -> {"extensive", "transcript"}; filled from the data folder when it is new."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._ready_at: dict[str, float] = {}
        self._table: Table = frame.store.seeded(
            "gong.calls",
            {
                id: {"extensive": call.extensive, "transcript": call.transcript}
                for id, call in frame.world.calls.items()
            },
        )

    def all(self) -> list[Document]:
        """Every call's extensive document, in the order they were started; those without a start come last."""
        return self.matching(CallFilter())

    def matching(self, wanted: CallFilter) -> list[Document]:
        """The extensive documents of the calls that a filter lets through, in the order they were started."""
        found = [
            (started(call), id, call)
            for id, call in ((id, self._table[id]["extensive"]) for id in self._named(wanted.call_ids))
            if _lets_through(wanted, call)
        ]
        found.sort(key=lambda item: (item[0] is None, item[0].timestamp() if item[0] else 0.0, item[1]))
        return [call for _, _, call in found]

    def transcripts(self, wanted: CallFilter) -> list[Document]:
        """The transcripts, of the calls that a filter lets through, that are there by now."""
        ids = [str(call["metaData"]["id"]) for call in self.matching(wanted)]
        late = self._late(ids)
        transcripts = (self._table[id]["transcript"] for id in ids if id not in late)
        return [transcript for transcript in transcripts if transcript is not None]

    def create(self, new: NewCall) -> Document:
        """Makes a call, as POST /v2/calls does. Nobody who only reads calls should ever get here."""
        id = str(secrets.randbelow(9 * 10**18) + 10**18)
        url = f"https://sandbox.app.gong.io/call?id={id}"
        meta = {
            "id": id,
            "url": url,
            "title": new.title,
            "scheduled": None,
            "started": new.actual_start.isoformat(),
            "duration": int(new.duration or 0),
            "primaryUserId": new.primary_user,
            "direction": new.direction,
            "clientUniqueId": new.client_unique_id,
            "workspaceId": None,
            "isPrivate": False,
        }
        parties = [party.model_dump(by_alias=True) for party in new.parties]
        self._table[id] = {"extensive": {"metaData": meta, "parties": parties}, "transcript": None}
        log.warning("a call was made in Gong by POST /v2/calls: %s", id)
        return {"callId": id, "url": url}

    def _named(self, ids: Collection[str] | None) -> Sequence[str]:
        return list(self._table) if ids is None else [id for id in dict.fromkeys(ids) if id in self._table]

    def _late(self, ids: Sequence[str]) -> set[str]:
        """Which of these calls' transcripts are not there yet.

        A fault's `path` may name calls: it is searched in "POST /v2/calls/transcript <call id>". One with `seconds`
        keeps the transcripts it meets away for so long from now on, one without only from this request.
        """
        now = self._frame.pace.seconds()
        late = {id for id in ids if self._ready_at.get(id, now) > now}
        fault = self._frame.faults.take("gong", "POST", " ".join([TRANSCRIPT_PATH, *ids]), LATE)
        if fault is None:
            return late
        met = {id for id in ids if fault.meets("gong", "POST", f"{TRANSCRIPT_PATH} {id}", LATE)}
        if fault.seconds:
            self._ready_at.update(dict.fromkeys(met, now + fault.seconds))
        return late | met


def started(call: Document) -> datetime | None:
    """When a call began, None when Gong does not say."""
    try:
        moment = datetime.fromisoformat(str(call["metaData"].get("started")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _lets_through(wanted: CallFilter, call: Document) -> bool:
    meta = call["metaData"]
    if wanted.workspace_id is not None and str(meta.get("workspaceId")) != wanted.workspace_id:
        return False
    if wanted.primary_user_ids is not None and str(meta.get("primaryUserId")) not in wanted.primary_user_ids:
        return False
    if wanted.from_date_time is None and wanted.to_date_time is None:
        return True
    moment = started(call)
    if moment is None or (wanted.from_date_time is not None and moment < wanted.from_date_time):
        return False
    return wanted.to_date_time is None or moment < wanted.to_date_time
