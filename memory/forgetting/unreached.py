"""What forgetting cannot reach: other services' own copies, and what nobody can tell to be of somebody."""

from typing import Final

from memory.forgetting.subject import SubjectKind

_HUBSPOT: Final = "HubSpot keeps its own records, notes and tasks: delete them there, or Sophia reads them again."
_GONG: Final = "Gong keeps its own recordings and transcripts: delete them there."
_SLACK: Final = "Slack keeps the messages that were posted: delete them there."
_LANGSMITH: Final = "LangSmith, where it is set up, keeps the traces of the time: delete them there."
_BACKUPS: Final = (
    "Backups and logs keep what was in them, and the database's files what they have freed until it is written over "
    "(VACUUM does so at once)."
)
_UNNAMED: Final = (
    "What others said or Sophia answered of them without their full name or address is not known as theirs."
)
_ANSWERS: Final = "What Sophia told of it in conversations stays there: forget those threads, too."
_UNDO: Final = "What Sophia wrote to HubSpot because of it cannot be undone by `sophia undo` any more."
_WORDS: Final = "What a person of this record said is theirs: forget person:ADDRESS, too."
_INDEX: Final = (
    "The files of an embedded index hold pieces of the memory that Sophia had when she wrote them: restart her, then "
    "`sophia memory reindex` makes them anew."
)
"""hnswlib saves its blocks whole, also what it never filled: seen in data_level0.bin of chromadb 1.5.9."""
_EVERYWHERE: Final = (_LANGSMITH, _BACKUPS, _INDEX)

NOT_REACHED: Final[dict[SubjectKind, tuple[str, ...]]] = {
    "person": (_HUBSPOT, _GONG, _SLACK, _UNNAMED, *_EVERYWHERE),
    "thread": (_SLACK, *_EVERYWHERE),
    "call": (_HUBSPOT, _UNDO, _GONG, _SLACK, _ANSWERS, *_EVERYWHERE),
    "contact": (_HUBSPOT, _UNDO, _WORDS, _ANSWERS, *_EVERYWHERE),
    "company": (_HUBSPOT, _UNDO, _ANSWERS, *_EVERYWHERE),
    "deal": (_HUBSPOT, _UNDO, _ANSWERS, *_EVERYWHERE),
}
"""By what was forgotten: each with what a person can do about it."""
