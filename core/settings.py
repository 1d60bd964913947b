"""Every setting of Sophia, read from the environment or a `.env` file, with its meaning and default.

`.env.example` is generated from this class (`python -m core.settings`), and a test holds the two equal.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """All settings; each is the environment variable `SOPHIA_<NAME>`. An empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="SOPHIA_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = Field(Path(".sophia"), description="Folder that holds all state of an embedded Sophia.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the database; a SQLite file in the data folder when empty."
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis for jobs and shared rate limits; jobs stay in this process when empty."
    )
    host: str = Field("127.0.0.1", description="Address that `sophia serve` listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that `sophia serve` listens on.")
    api_token: SecretStr | None = Field(
        None,
        description="Bearer token for /metrics and /readyz; required to listen on anything but loopback.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="How a log line is written.")
    fixed_clock: datetime | None = Field(
        None, description="A moment with a time zone at which time stands still, for reproducible runs."
    )
    concurrency: int = Field(8, ge=1, le=200, description="Calls worked on at once in one process.")
    poll_minutes: float = Field(15, gt=0, description="Minutes between two looks for new calls in Gong.")
    poll_overlap_hours: float = Field(
        48, gt=0, description="Hours that every look goes back, since calls and transcripts arrive late."
    )
    transcript_patience_hours: float = Field(
        48, gt=0, description="Hours after its start for which a call waits for its transcript."
    )
    max_attempts: int = Field(12, ge=1, description="Tries after which a call that keeps failing is parked.")

    gong_base_url: AnyHttpUrl | None = Field(
        None, description="Your own Gong API address, shown where the access key is made."
    )
    gong_access_key: SecretStr | None = Field(None, description="Gong API access key.")
    gong_access_key_secret: SecretStr | None = Field(None, description="The secret that goes with it.")
    gong_webhook_public_key: str | None = Field(
        None,
        description="Public key of the Gong automation rule (bare base64 DER); without it webhooks are refused.",
    )
    gong_webhook_url: str | None = Field(
        None, description="The address given to the Gong automation rule; the signature must name it."
    )
    hubspot_base_url: AnyHttpUrl = Field(AnyHttpUrl("https://api.hubapi.com"), description="HubSpot API address.")
    hubspot_access_token: SecretStr | None = Field(None, description="HubSpot service key or private app token.")
    hubspot_requests_per_10s: int = Field(
        100,
        ge=1,
        description="Your portal's limit per 10 seconds: 100 (Free, Starter), 190 (Pro, Enterprise).",
    )
    slack_base_url: AnyHttpUrl = Field(AnyHttpUrl("https://slack.com/api/"), description="Slack Web API address.")
    slack_bot_token: SecretStr | None = Field(None, description="Slack bot token (xoxb-…).")
    slack_channel: str | None = Field(None, description="Id of the channel that is told of every analysed call.")

    @field_validator("fixed_clock")
    @classmethod
    def _with_time_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("give a time zone, e.g. 2026-11-20T09:00:00+00:00")
        return value

    @model_validator(mode="after")
    def _no_open_door(self) -> Self:
        if self.host not in LOOPBACK_HOSTS and self.api_token is None:
            raise ValueError("SOPHIA_API_TOKEN must be set to listen on anything but loopback")
        return self


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; raises ConfigurationError that names each wrong variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(
            f"SOPHIA_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            if item["loc"]
            else item["msg"]
            for item in error.errors()
        )
        raise ConfigurationError(
            problems, next_step="Correct the environment or .env; .env.example explains each."
        ) from error
