"""What was talked about: Gong's own topics where the transcript carries them, else a few subjects by their words.

A subject counts when enough sentences name it; its share is of all sentences of the call. No classifier and no
embedding is needed for this, and the words behind a topic can be looked up in its evidence.
"""

import re
from collections import defaultdict

from core.analysis import Topic
from nodes.call_analysis.extractive.dialogue import Dialogue, Line

_SUBJECTS = {
    "pricing": (
        "price|prices|pricing|cost|costs|fee|fees|quote|quoted|discount|discounts|expensive|cheaper|invoice|rate|"
        "rates|uplift"
    ),
    "budget": "budget|budgets|budgeted|fiscal|funding|spend|finance",
    "contract": (
        "contract|agreement|terms|clause|liability|redline|msa|legal|lawyer|counsel|renewal|renew|termination|signature"
    ),
    "security and privacy": (
        "security|privacy|breach|encrypted|encryption|soc|gdpr|hipaa|compliance|audit|auditor|sso|password|access"
    ),
    "integration": (
        "integration|integrate|integrations|api|connector|sync|import|export|database|migration|migrate|ledger|erp"
    ),
    "implementation": (
        "implementation|rollout|onboarding|go-live|kickoff|kick-off|pilot|sandbox|deployment|launch|setup"
    ),
    "training": "training|train|trained|webinar|session|sessions|tutorial",
    "support": "support|ticket|tickets|outage|downtime|uptime|bug|bugs|incident|response",
    "competition": (
        "competitor|competitors|alternative|alternatives|vendor|vendors|switch|switching|incumbent|shortlist"
    ),
    "decision process": "board|committee|approve|approval|sign-off|decision|decide|procurement|stakeholder|vote",
    "reporting": "report|reports|reporting|dashboard|dashboards|analytics|metrics",
    "timing": "deadline|timeline|timing|quarter|schedule|go-live|launch",
    "people and team": "team|staff|hire|hiring|headcount|training|manager|managers",
}
SUBJECTS = {name: re.compile(rf" (?:{words}) ") for name, words in _SUBJECTS.items()}
LEAST_SENTENCES = 3
"""A subject named less often than this was mentioned, not talked about."""
MOST_TOPICS = 8
SHOWN = 3
"""Sentences given as a topic's evidence: the first ones."""
NO_TOPICS = frozenset(
    {"opening", "close", "closing", "small talk", "hello", "goodbye", "introduction", "call setup", "wrap-up", "wrap"}
)


def topics_of(dialogue: Dialogue, english: bool = True) -> tuple[Topic, ...]:
    """The topics by share of the call; without Gong's topics and English there are none."""
    lines: dict[str, list[Line]] = defaultdict(list)
    given = any(line.topic for line in dialogue.lines)
    for line in dialogue.lines:
        if given and line.topic and line.topic.lower() not in NO_TOPICS:
            lines[line.topic].append(line)
        elif not given and english:
            for name, pattern in SUBJECTS.items():
                if pattern.search(line.plain):
                    lines[name].append(line)
    enough = [(name, found) for name, found in lines.items() if given or len(found) >= LEAST_SENTENCES]
    ranked = sorted(enough, key=lambda entry: (-len(entry[1]), entry[1][0].index))[:MOST_TOPICS]
    return tuple(
        Topic(
            name=name,
            start_ms=found[0].start_ms,
            share=round(len(found) / len(dialogue.lines), 3),
            evidence=tuple(line.ref for line in found[:SHOWN]),
        )
        for name, found in ranked
    )
