"""Every setting of Sophia, read from the environment or a `.env` file, with its meaning and default.

`.env.example` is generated from this class (`python -m core.settings`), and a test holds the two equal.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationError

DATABASES = ("sqlite:", "sqlite+", "postgresql:", "postgresql+", "postgres:")
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """All settings; each is the environment variable `SOPHIA_<NAME>`. An empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="SOPHIA_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # what was wrong may have been a secret
    )

    data_dir: Path = Field(Path(".sophia"), description="Folder that holds all state of an embedded Sophia.")
    policy_file: Path | None = Field(
        None,
        description="File of rules on what Sophia may write; when empty, policy.toml of the data folder, else its own.",
    )
    people_file: Path | None = Field(
        None,
        description="File of who is who and may read what; when empty, people.toml of the data folder, else HubSpot's "
        "owners as reps.",
    )
    database_url: str | None = Field(
        None,
        repr=False,  # may hold a password
        description="SQLAlchemy URL of the database; a SQLite file in the data folder when empty.",
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis for jobs, shared rate limits and the cache; all in this process when empty."
    )
    host: str = Field("127.0.0.1", description="Address that `sophia serve` listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that `sophia serve` listens on.")
    api_token: SecretStr | None = Field(
        None,
        description="Bearer token for /metrics and /readyz; required to listen on anything but loopback.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged: debug, info, warning or error."
    )
    log_format: Literal["console", "json"] = Field("console", description="How a log line is written: console or json.")
    fixed_clock: datetime | None = Field(
        None, description="A moment with a time zone at which time stands still, for reproducible runs."
    )
    concurrency: int = Field(8, ge=1, le=200, description="Deliveries (calls, answers, undos) worked on at once.")
    analysis_processes: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes that read calls, some 200 MB each; 0 reads them in this one, on one core. Worth it for "
        "a long backfill on a machine with several cores.",
    )
    poll_minutes: float = Field(15, gt=0, description="Minutes between two looks for new calls in Gong.")
    poll_overlap_hours: float = Field(
        48, gt=0, description="Hours that every look goes back, since calls and transcripts arrive late."
    )
    transcript_patience_hours: float = Field(
        48, gt=0, description="Hours after its start for which a call waits for its transcript."
    )
    max_attempts: int = Field(12, ge=1, description="Tries after which a delivery that keeps failing is parked.")
    stuck_after_minutes: float = Field(
        10, gt=0, description="Minutes without a step forward after which a try is ended and counts as failed."
    )
    drain_seconds: float = Field(
        20, ge=0, description="Seconds that steps under way have to end when `sophia serve` is told to stop."
    )
    keep_inbox_days: float = Field(30, ge=0, description="Days that deliveries are kept once done; 0 keeps them.")
    keep_events_days: float = Field(
        30, ge=0, description="Days that what HubSpot told of is kept once handled; 0 keeps it."
    )
    keep_checkpoints_days: float = Field(
        14, ge=0, description="Days that the thread of a call or approval is kept once nothing waits; 0 keeps it."
    )
    keep_ledger_days: float = Field(
        730, ge=0, description="Days that effects and closed approvals are kept, and with them undo; 0 keeps them."
    )
    keep_calls_days: float = Field(
        0, ge=0, description="Days that calls with transcript and analysis are kept; 0 keeps them."
    )
    keep_conversations_days: float = Field(
        365, ge=0, description="Days that turns of conversations are remembered after they were said; 0 keeps them."
    )
    keep_facts_days: float = Field(
        0, ge=0, description="Days that facts a person stated are remembered after they were last said; 0 keeps them."
    )
    keep_tasks_days: float = Field(
        30, ge=0, description="Days that it is kept which agent was asked when, and how it ended; 0 keeps it."
    )

    tenant: str = Field(
        "main",
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="Name of your company in what is remembered: small letters, digits and hyphens.",
    )
    embedder: Literal["minilm", "static", "endpoint"] = Field(
        "minilm",
        description="What turns text into vectors: minilm (here, no network), static (coarser and a thousand times "
        "faster; needs the extra `static`) or endpoint (SOPHIA_EMBEDDING_URLS).",
    )
    embedding_urls: str | None = Field(
        None, description="Base URLs (…/v1) of OpenAI-compatible servers that embed, with commas."
    )
    embedding_key: SecretStr | None = Field(None, description="Key that these servers ask for.")
    embedding_name: str | None = Field(None, description="Name by which they serve the embedding model.")
    embedding_dimensions: int = Field(1024, ge=8, le=8192, description="Length of that model's vectors.")
    chroma_url: AnyHttpUrl | None = Field(
        None,
        description="Chroma server (`chroma run`) that several processes share; one process keeps its own in the data "
        "folder when empty.",
    )

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
    hubspot_client_secret: SecretStr | None = Field(
        None, description="Client secret of the HubSpot app that sends webhooks; without it webhooks are refused."
    )
    hubspot_webhook_url: str | None = Field(
        None, description="The address given to the HubSpot app for its webhooks, exactly as it stands there."
    )
    hubspot_poll_minutes: float = Field(
        15, ge=0, description="Minutes between two looks for changed records in HubSpot; 0 leaves them to the webhooks."
    )
    slack_base_url: AnyHttpUrl = Field(AnyHttpUrl("https://slack.com/api/"), description="Slack Web API address.")
    slack_bot_token: SecretStr | None = Field(None, description="Slack bot token (xoxb-…).")
    slack_channel: str | None = Field(None, description="Id of the channel that is told of every analysed call.")
    link_hosts: str | None = Field(
        None,
        description="Hosts that answers may link to beside your HubSpot and Gong, with their subdomains, with commas.",
    )

    model_urls: str | None = Field(
        None, description="Base URLs (…/v1) of OpenAI-compatible servers of your model, with commas; none: no model."
    )
    model_key: SecretStr | None = Field(None, description="Key that these servers ask for.")
    model_name: str | None = Field(
        None, description="Name by which they serve the model; `sophia model check` lists the names."
    )
    model_fast_urls: str | None = Field(
        None, description="Servers of a smaller model for small decisions; those above when empty."
    )
    model_fast_key: SecretStr | None = Field(
        None, description="Key for the smaller model; that above when empty and the servers are the same."
    )
    model_fast_name: str | None = Field(None, description="Name of the smaller model; that above when empty.")
    model_context: int = Field(
        8192, ge=1024, description="Tokens that one request may hold, prompt and answer together."
    )
    model_parallel: int = Field(4, ge=1, le=1000, description="Requests that one model server is sent at once.")
    model_timeout_seconds: float = Field(
        120, gt=0, description="Seconds a model server may take to its first word, and between two words."
    )
    model_request_seconds: float = Field(600, gt=0, description="Seconds one answer of a model server may take in all.")
    model_cooldown_seconds: float = Field(
        10, gt=0, description="Seconds a failing model server is left alone; twice as long each time, up to 5 minutes."
    )
    model_call_seconds: float = Field(
        480,
        gt=0,
        description="Seconds that judging one call by the model may take; past it the call is read without. More than "
        "0.8 of SOPHIA_STUCK_AFTER_MINUTES is of no use.",
    )
    model_call_tokens: int = Field(
        400_000, ge=0, description="Tokens that judging one call may take, prompts and answers together; 0: no limit."
    )
    model_tools: Literal["constrained", "native"] = Field(
        "constrained",
        description="How your model calls tools: constrained (one JSON Schema a step, which also small models manage) "
        "or native (the tools API of servers that do it well).",
    )
    turn_seconds: float = Field(
        60, gt=0, description="Seconds that one question may take in all; then what is known is told."
    )
    turn_tool_calls: int = Field(12, ge=1, description="Tools that may be called for one question.")
    turn_model_calls: int = Field(8, ge=1, description="How often your model may be asked for one question.")
    turn_tokens: int = Field(
        30_000, ge=1000, description="Tokens that one question may take, prompts and answers together."
    )
    turn_answer_tokens: int = Field(700, ge=64, description="Tokens that the model may write at once in an answer.")
    model_window_tokens: int = Field(
        6000, ge=500, description="Tokens of a call that the model reads at once, however much more it could hold."
    )
    model_promotes: bool = Field(
        False,
        description="Whether a finding that was not sure becomes sure when your model confirms it. Turn it on once "
        "`python -m evals --model` has shown precision 0.85 for what your model confirms.",
    )
    model_price_prompt: float = Field(0, ge=0, description="Price of a million prompt tokens, in your own currency.")
    model_price_cached: float = Field(
        0, ge=0, description="Price of a million prompt tokens that the server had in its cache."
    )
    model_price_completion: float = Field(0, ge=0, description="Price of a million tokens of answers.")

    service_speed: float = Field(
        1, gt=0, description="How much faster than the real services' the limits are; only for the sandbox."
    )

    @field_validator("data_dir", "policy_file", "people_file")
    @classmethod
    def _from_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(DATABASES):
            raise ValueError("begin with sqlite:/// or postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(REDIS_SCHEMES):
            raise ValueError(f"begin with {', '.join(REDIS_SCHEMES[:-1])} or {REDIS_SCHEMES[-1]}")
        return value

    @field_validator("model_urls", "model_fast_urls", "embedding_urls")
    @classmethod
    def _model_servers(cls, value: str | None) -> str | None:
        for url in addresses(value):
            try:
                AnyHttpUrl(url)
            except ValidationError as error:
                raise ValueError("give URLs such as http://127.0.0.1:8000/v1, with commas between") from error
        return value

    @field_validator("fixed_clock")
    @classmethod
    def _with_time_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("give a time zone, e.g. 2026-11-20T09:00:00+00:00")
        return value

    @field_validator("slack_channel")
    @classmethod
    def _channel_id(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("#"):
            raise ValueError("give the channel's id (C…), shown at the end of its details in Slack, not its name")
        return value

    @model_validator(mode="after")
    def _no_open_door(self) -> Self:
        if self.host not in LOOPBACK_HOSTS and self.api_token is None:
            raise ValueError("SOPHIA_API_TOKEN must be set to listen on anything but loopback")
        return self

    @model_validator(mode="after")
    def _whole_gong_credential(self) -> Self:
        if (self.gong_access_key is None) != (self.gong_access_key_secret is None):
            raise ValueError("SOPHIA_GONG_ACCESS_KEY and SOPHIA_GONG_ACCESS_KEY_SECRET go together: set both or none")
        return self

    @model_validator(mode="after")
    def _whole_hubspot_webhook(self) -> Self:
        if (self.hubspot_client_secret is None) != (self.hubspot_webhook_url is None):
            raise ValueError(
                "SOPHIA_HUBSPOT_CLIENT_SECRET and SOPHIA_HUBSPOT_WEBHOOK_URL go together: set both or none"
            )
        return self

    @model_validator(mode="after")
    def _whole_embedder(self) -> Self:
        if self.embedder == "endpoint" and not (addresses(self.embedding_urls) and self.embedding_name):
            raise ValueError("SOPHIA_EMBEDDER=endpoint needs SOPHIA_EMBEDDING_URLS and SOPHIA_EMBEDDING_NAME")
        return self

    @model_validator(mode="after")
    def _whole_model(self) -> Self:
        if bool(addresses(self.model_urls)) != (self.model_name is not None):
            raise ValueError("SOPHIA_MODEL_URLS and SOPHIA_MODEL_NAME go together: set both or none")
        if (self.model_fast_urls or self.model_fast_name) and self.model_name is None:
            raise ValueError("SOPHIA_MODEL_FAST_… need a SOPHIA_MODEL_URLS and SOPHIA_MODEL_NAME beside them")
        return self


def addresses(value: str | None) -> tuple[str, ...]:
    """The URLs of a list with commas, each once, without a slash at the end."""
    urls = (url.strip().rstrip("/") for url in (value or "").split(","))
    return tuple(dict.fromkeys(url for url in urls if url))


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; raises ConfigurationError that names each wrong variable, never its value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigurationError(
            "; ".join(_problem(item) for item in error.errors(include_input=False, include_context=False)),
            next_step="Correct the environment or .env; .env.example explains each.",
        ) from error


def env_example() -> str:
    """The text of .env.example: every setting with its meaning, what has a default as a comment that shows it."""
    lines = ["# Every setting of Sophia. Copy to .env and fill in what you need; an empty value counts as not set."]
    for name, field in Settings.model_fields.items():
        variable = f"SOPHIA_{name.upper()}"
        shown = f"{variable}=" if field.default is None else f"# {variable}={field.default}"
        lines += ["", f"# {field.description}", shown]
    return "\n".join(lines) + "\n"


def _problem(item: ErrorDetails) -> str:
    message = item["msg"].removeprefix("Value error, ")
    return f"SOPHIA_{str(item['loc'][0]).upper()}: {message}" if item["loc"] else message


if __name__ == "__main__":
    sys.stdout.write(env_example())
