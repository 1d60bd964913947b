"""Settings are read from the environment, wrong ones are named, and no secret is shown on the way."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.errors import ConfigurationError
from core.settings import Settings, env_example, load_settings

REPOSITORY = Path(__file__).parents[2]


def test_without_any_variable_the_defaults_hold() -> None:
    settings = load_settings()
    assert settings.data_dir == Path(".sophia")
    assert (settings.host, settings.port, settings.concurrency) == ("127.0.0.1", 8080, 8)
    assert settings.database_url is None


def test_a_variable_is_read_and_an_empty_one_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPHIA_PORT", "9000")
    monkeypatch.setenv("SOPHIA_SLACK_CHANNEL", "")
    monkeypatch.setenv("SOPHIA_FIXED_CLOCK", "2026-11-20T09:00:00+00:00")
    settings = load_settings()
    assert settings.port == 9000
    assert settings.slack_channel is None
    assert settings.fixed_clock == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_file_is_read_and_the_environment_goes_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SOPHIA_PORT=9000\nSOPHIA_LOG_LEVEL=error\nOTHER=1\n")
    monkeypatch.setenv("SOPHIA_PORT", "9001")
    settings = load_settings()
    assert (settings.port, settings.log_level) == (9001, "error")


def test_what_is_handed_over_goes_before_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPHIA_PORT", "9001")
    assert load_settings(port=9002).port == 9002


def test_the_data_folder_may_be_named_from_home() -> None:
    assert load_settings(data_dir="~/sophia").data_dir == Path.home() / "sophia"


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"PORT": "many"}, "SOPHIA_PORT: Input should be a valid integer"),
        ({"PORT": "70000"}, "SOPHIA_PORT: Input should be less than or equal to 65535"),
        ({"CONCURRENCY": "0"}, "SOPHIA_CONCURRENCY: Input should be greater than or equal to 1"),
        ({"POLL_MINUTES": "inf"}, "SOPHIA_POLL_MINUTES: Input should be a finite number"),
        ({"LOG_LEVEL": "loud"}, "SOPHIA_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'"),
        ({"FIXED_CLOCK": "2026-11-20T09:00:00"}, "SOPHIA_FIXED_CLOCK: give a time zone"),
        ({"GONG_BASE_URL": "gong"}, "SOPHIA_GONG_BASE_URL: Input should be a valid URL"),
        ({"DATABASE_URL": "mysql://host/name"}, "SOPHIA_DATABASE_URL: begin with sqlite:/// or postgresql://"),
        ({"REDIS_URL": "localhost:6379"}, "SOPHIA_REDIS_URL: begin with redis://, rediss:// or unix://"),
        ({"SLACK_CHANNEL": "#sales"}, "SOPHIA_SLACK_CHANNEL: give the channel's id"),
        ({"HOST": "0.0.0.0"}, "SOPHIA_API_TOKEN must be set to listen on anything but loopback"),
        ({"GONG_ACCESS_KEY": "key"}, "SOPHIA_GONG_ACCESS_KEY_SECRET go together"),
        ({"GONG_ACCESS_KEY_SECRET": "key"}, "SOPHIA_GONG_ACCESS_KEY_SECRET go together"),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SOPHIA_{name}", value)
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert problem in str(refusal.value)
    assert refusal.value.next_step is not None


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPHIA_PORT", "many")
    monkeypatch.setenv("SOPHIA_CONCURRENCY", "few")
    with pytest.raises(ConfigurationError, match=r"SOPHIA_PORT: .*; SOPHIA_CONCURRENCY: "):
        load_settings()


def test_with_a_token_any_address_may_be_listened_on() -> None:
    assert load_settings(host="0.0.0.0", api_token="a token").host == "0.0.0.0"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_no_value_is_shown_when_it_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SOPHIA_GONG_ACCESS_KEY", "hunter22-key")  # its other half is missing, so something is refused
    monkeypatch.setenv(f"SOPHIA_{name.upper()}", "hunter22-value")
    if name == "gong_access_key_secret":
        monkeypatch.setenv("SOPHIA_PORT", "hunter22-port")
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert "hunter22" not in f"{refusal.value} {refusal.value.next_step} {refusal.value.__cause__}"


def test_no_secret_is_shown_with_the_settings() -> None:
    secrets: dict[str, Any] = {
        name: "redis://:hunter22@localhost" if name == "redis_url" else "hunter22"
        for name, field in Settings.model_fields.items()
        if field.annotation == SecretStr | None
    }
    secrets["hubspot_webhook_url"] = "https://sophia.example/webhooks/hubspot"  # goes with its secret
    settings = load_settings(database_url="postgresql://sophia:hunter22@localhost/sophia", **secrets)
    assert len(secrets) >= 6
    assert "hunter22" not in f"{settings!r} {settings} {settings.model_dump_json(exclude={'database_url'})}"


def test_the_example_file_is_what_the_settings_say() -> None:
    assert (REPOSITORY / ".env.example").read_text() == env_example()


def test_the_example_file_can_be_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env_example())
    assert load_settings() == Settings(_env_file=None)


def test_the_shown_defaults_are_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env_example().replace("# SOPHIA_", "SOPHIA_"))
    assert load_settings() == Settings(_env_file=None)


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_example_file_is_printed_by_the_module() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "core.settings"], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert printed.stdout == env_example()
