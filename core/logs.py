"""Logs as events on stderr, one line each, for a person or as JSON; stdout stays free for results.

Everything goes through here, libraries too, and the finished line is searched for secrets: the values of the settings'
own secret fields wherever they turn up, and whatever looks like a credential.
"""

import base64
import json
import logging
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from core.settings import Settings

QUIET = (
    "aiosqlite", "alembic", "asyncio", "docket", "httpcore", "httpcore2", "httpx", "httpx2", "openai", "sandbox",
    "slack_sdk", "sqlalchemy", "urllib3",
)  # fmt: skip
"""Libraries that tell of every request or statement, some of them with its headers; only warnings are of use."""

SERVERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi")
"""Loggers that come with handlers of their own, which would write past this module."""

REDACTED = "[redacted]"

SHORTEST_SECRET = 6
"""A shorter value would be found inside of innocent words; no service gives out such credentials."""

SECRET_NAMES = re.compile(r"(?i)(^|_)(authorization|password|passwd|secret|token|api_?key|access_?key|cookie|jwt)$")

PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bxox[a-z]-[\w-]{6,}|\bxapp-[\w-]{6,}",  # Slack
        r"\bpat-[a-z]{2,4}\d?-[0-9a-fA-F-]{8,}",  # HubSpot private app
        r"\beyJ[\w-]+\.[\w-]+\.[\w-]+",  # a signed web token
        r"(?i:(?<=\bbearer ))[\w.~+/=-]{8,}|(?<=\bBasic )[\w+/=]{12,}",  # what follows in an Authorization header
        r"(?<=://)[^\s/:@\"'\\]*:[^\s/@\"'\\]+(?=@)",  # user and password of a URL
        r"(?i)(?:(?<=password=)|(?<=token=)|(?<=secret=))[^\s&,;\"'\\]+",  # of a query or a setting
    )
)


class StderrLines(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment: a progress bar may stand there and make room for the line."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class Redaction:
    """Takes secrets out of text: these values in every form they are sent in, and anything shaped like a credential."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, line: str) -> str:
        """The line without its secrets."""
        if self._known is not None:
            line = self._known.sub(REDACTED, line)
        for pattern in PATTERNS:
            line = pattern.sub(REDACTED, line)
        return line

    def value(self, value: Any) -> Any:
        """The same for texts inside of lists and dictionaries."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        return value

    def fields(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """As a processor of an event, before rendering escapes what is in it."""
        return {name: REDACTED if SECRET_NAMES.search(name) else self.value(held) for name, held in event.items()}


class RedactedFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line and searches it once more, for what only rendering brings out: tracebacks and objects."""

    def __init__(self, settings: Settings, foreign: Sequence[Processor], *, tracebacks: bool) -> None:
        self._redaction = Redaction(_secrets_of(settings))
        first: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
        if not tracebacks:
            first.append(_in_one_line)
        super().__init__(foreign_pre_chain=foreign, processors=[*first, *_rendering(settings, self._redaction)])

    def format(self, record: logging.LogRecord) -> str:
        return self._redaction.text(super().format(record))


def log_to_stderr(settings: Settings, *, at_least: str = "debug", tracebacks: bool = True) -> None:
    """Sets up the logs of this process as the settings say, and tells nothing below `at_least`.

    Without `tracebacks` an error is one line with its name and words: for commands that a person watches.
    """
    level = max(logging.getLevelNamesMapping()[name.upper()] for name in (settings.log_level, at_least))
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *first,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = StderrLines()
    handler.setFormatter(RedactedFormatter(settings, first, tracebacks=tracebacks))
    _route_everything_to(handler, level)


def _route_everything_to(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in (*QUIET, *SERVERS):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in SERVERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _rendering(settings: Settings, redaction: Redaction) -> list[Processor]:
    # Plain tracebacks in both: the prettier ones print local variables, and with them what a customer said.
    if settings.log_format == "json":
        return [structlog.processors.format_exc_info, redaction.fields, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return [redaction.fields, console]


def _in_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An error by its name and words, in place of its traceback."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__name__}: {error}"
    return event


def _secrets_of(settings: Settings) -> list[str]:
    fields = (getattr(settings, name) for name in type(settings).model_fields)
    secrets = [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]
    if settings.gong_access_key and settings.gong_access_key_secret:
        pair = f"{settings.gong_access_key.get_secret_value()}:{settings.gong_access_key_secret.get_secret_value()}"
        secrets.append(base64.b64encode(pair.encode()).decode())  # what the Authorization header to Gong carries
    return secrets


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it stands, inside of JSON, inside of a URL, and as Python shows it."""
    return (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), repr(secret)[1:-1])
