"""Logs are one event a line on stderr, and no secret is ever in them."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from core.logs import REDACTED, Redaction, log_to_stderr
from core.settings import load_settings

SLACK_TOKEN = 'xoxb-9"\\quoted-tökén'
GONG_SECRET = "a-secret-without-any-shape"
SECRETS = {
    "slack_bot_token": SLACK_TOKEN,
    "gong_access_key": "GONGKEY",
    "gong_access_key_secret": GONG_SECRET,
    "hubspot_access_token": "hubspot-token-of-no-known-form",
    "api_token": "the api token",
    "redis_url": "redis://:hunter22@localhost:6379/0",
}

Lines = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Gives the process its logging back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """What has been logged since the last look; nothing may have gone to stdout."""

    def read() -> list[str]:
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err.splitlines()

    return read


def _log(log_format: str = "json", level: str = "info") -> None:
    log_to_stderr(load_settings(log_format=log_format, log_level=level, **SECRETS))


def _events(lines: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines()]


def test_a_json_line_is_an_event_with_its_bound_context(lines: Lines) -> None:
    _log()
    with bound_contextvars(call_id="7", delivery_id=3):
        structlog.get_logger("api").info("call.analysed", findings=4)
    [event] = _events(lines)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "call.analysed", "level": "info", "call_id": "7", "delivery_id": 3, "findings": 4}


def test_a_console_line_is_for_a_person(lines: Lines) -> None:
    _log("console")
    structlog.get_logger("api").warning("call.waits", call_id="7")
    [line] = lines()
    assert "[warning  ] call.waits" in line
    assert "call_id=7" in line


def test_only_what_is_important_enough_is_told(lines: Lines) -> None:
    _log(level="warning")
    structlog.get_logger("api").info("call.analysed")
    assert lines() == []
    log_to_stderr(load_settings(log_level="debug"), at_least="error")
    structlog.get_logger("api").warning("call.waits")
    assert lines() == []
    structlog.get_logger("api").error("call.parked")
    assert len(lines()) == 1


def test_libraries_are_heard_through_the_same_form_but_only_when_they_warn(lines: Lines) -> None:
    server = logging.getLogger("uvicorn.error")
    server.addHandler(logging.StreamHandler())
    server.propagate = False
    _log(level="debug")
    with bound_contextvars(call_id="7"):
        for name in ("uvicorn.error", "httpx", "httpcore.http11", "docket.worker"):
            logging.getLogger(name).info("told at every request")
            logging.getLogger(name).warning("%s is %s", name, "slow")
    events = _events(lines)
    assert [event["event"] for event in events] == [
        "uvicorn.error is slow",
        "httpx is slow",
        "httpcore.http11 is slow",
        "docket.worker is slow",
    ]
    assert {event["call_id"] for event in events} == {"7"}


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_of_the_settings_is_ever_in_a_line(lines: Lines, log_format: str) -> None:
    _log(log_format)
    log = structlog.get_logger("api")
    whole = load_settings(**SECRETS)
    for secret in SECRETS.values():
        log.warning(f"refused {secret}", detail=f"with {secret}", nested={"headers": [secret]}, odd=(secret,))
        logging.getLogger("urllib3").warning("sent %s", secret)
        try:
            raise ValueError(f"cannot use {secret}")
        except ValueError as error:
            log.error("failed", exc_info=error)
    log.warning("started", settings=whole, tokens=[whole.api_token])
    shown = "\n".join(lines())
    for secret in (*SECRETS.values(), "hunter22", json.dumps(SLACK_TOKEN)[1:-1], repr(SLACK_TOKEN)[1:-1]):
        assert secret not in shown
    assert shown.count(REDACTED) > 4 * len(SECRETS)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_is_told_without_the_variables_it_passed(lines: Lines, log_format: str) -> None:
    _log(log_format)

    def analyse(transcript: str) -> None:
        raise ValueError(len(transcript))

    words = ["said", "in", "confidence"]
    try:
        analyse(" ".join(words))
    except ValueError as error:
        structlog.get_logger("api").error("call.failed", exc_info=error)
    shown = "\n".join(lines())
    assert "ValueError: 18" in shown
    assert "said in confidence" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "token xoxb-123456789-abcdef is wrong",
        "xapp-1-A0123-456-abcdef",
        "pat-na1-0a1b2c3d-1111-2222-3333-444455556666 lacks a scope",
        "Authorization: Bearer abc.def-ghi_123",
        "Authorization: Basic R09OR0tFWTpzZWNyZXQ=",
        "sent\nBearer abcdefgh12345",
        "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl",
        "postgresql://sophia:hunter22@db.example/sophia",
        "GET /x?limit=1&access_token=abcdef&page=2",
    ],
)
def test_what_looks_like_a_credential_is_taken_out(lines: Lines, text: str) -> None:
    _log()
    structlog.get_logger("api").warning("refused", detail=text)
    [event] = _events(lines)
    assert REDACTED in event["detail"]
    for part in ("123456789", "A0123", "0a1b2c3d", "def-ghi", "R09OR", "abcdefgh", "c2lnbm", "hunter22", "=abcdef"):
        assert part not in event["detail"]


@pytest.mark.parametrize(
    "name", ["token", "api_token", "Authorization", "password", "gong_access_key", "client_secret"]
)
def test_a_field_that_is_named_like_a_secret_is_one(lines: Lines, name: str) -> None:
    _log()
    structlog.get_logger("api").warning("refused", **{name: "plain words"})
    assert _events(lines)[0][name] == REDACTED


@pytest.mark.parametrize(
    "text",
    ["token expired", "14 tokens", "the secret of a good call", "basic information", "https://gong.io/call?id=7"],
)
def test_innocent_words_stay(text: str) -> None:
    assert Redaction(["short"]).text(text) == text


@given(st.lists(st.text()), st.text(min_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_a_json_line_stays_json_whatever_is_in_it(lines: Lines, texts: list[str], secret: str) -> None:
    log_to_stderr(load_settings(log_format="json", api_token=secret))
    structlog.get_logger("api").warning("said", texts=texts, url=f"https://a:{secret}@b", header=f"Bearer {secret}")
    assert len(_events(lines)) == 1
