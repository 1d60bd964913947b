"""A fingerprint of what an analysis depends on: who was on the call and what was said, nothing that changes beside."""

import hashlib
import json

from core.calls import Call, Transcript


def input_hash_of(call: Call, transcript: Transcript) -> str:
    """SHA-256 (hex) of the parts of a call that an analyst reads; a new link or a longer duration changes nothing."""
    read = {
        "started": call.started.isoformat() if call.started else None,
        "title": call.title,
        "language": call.language,
        "scope": call.scope,
        "crm": [reference.model_dump(mode="json") for reference in call.crm],
        "parties": [party.model_dump(mode="json") for party in call.parties],
        "turns": transcript.model_dump(mode="json")["turns"],
    }
    text = json.dumps(read, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
