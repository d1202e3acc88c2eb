"""Every setting: environment (`CRICKETS_` prefix, `__` nesting) and `.env`; `crickets settings` prints them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "CRICKETS_"

Alpha = Annotated[float, Field(gt=0, lt=1)]
Rate = Alpha | Literal["off"]


class Section(BaseModel):
    """A group of settings; an unknown name in it is refused, so that no variable is misspelt."""

    model_config = ConfigDict(extra="forbid")


class KafkaSettings(Section):
    """The broker: embedded unless servers are named."""

    bootstrap_servers: str = Field(default="", description="host:port,host:port; empty: the embedded broker")
    prefix: str = Field(default="crickets.", description="start of every topic's name")
    partitions: int = Field(default=4, ge=1, description="of every topic keyed by conversation")
    replication: int = Field(default=1, ge=1, description="copies of every topic; 3 on a cluster")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    ssl_cafile: str = Field(default="", description="file with the certificates of the authority; empty: the system's")
    group: str = Field(default="crickets", description="consumer group of the workers")
    transactions: bool = Field(
        default=True,
        description="outputs and state are written in transactions, which keep out a worker that was taken for dead; "
        "off: the broker has none (the embedded one), or may not be asked for them",
    )
    session_timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        description="a worker not heard of for so long is taken for dead; the broker has a least value",
    )


class ClickHouseSettings(Section):
    """The store: ClickHouse's embedded engine unless a server is named."""

    url: str = Field(default="", description="http(s)://host:port; empty: the embedded engine")
    username: str = "default"
    password: SecretStr = SecretStr("")
    database: str = Field(default="crickets", description="made by the migrations")
    cluster: str = Field(
        default="",
        pattern=r"^([A-Za-z_][A-Za-z0-9_-]{0,62})?$",
        description="tables are made ON CLUSTER this, replicated; empty: on one server",
    )
    roles: bool = Field(
        default=False,
        description="crickets migrate also makes the roles DATABASE_writer and DATABASE_analyst, which needs a server "
        "and a user who may",
    )
    batch_rows: int = Field(default=50_000, ge=1, description="an insert is made when so many rows wait ...")
    batch_seconds: float = Field(default=0.5, gt=0, description="... or the oldest has waited so long")


class SlackSettings(Section):
    """A Slack app whose Events API subscription points at the gateway."""

    signing_secret: SecretStr = Field(default=SecretStr(""), description="page Basic Information of your Slack app")


class GatewaySettings(Section):
    """The HTTP end that receives webhooks."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="0: any free port")
    max_body_bytes: int = Field(default=1_000_000, ge=1, description="a larger body is refused with 413")
    timestamp_window_seconds: int = Field(default=300, ge=1, description="how old a signature may be")
    produce_timeout_seconds: float = Field(default=2.5, gt=0, description="Slack waits 3 s")


class PromptRules(Section):
    """Which root messages are prompts; a message that meets any of the rules is one."""

    every_root: bool = Field(default=False, description="every human root message")
    tagged: bool = Field(default=True, description="carrying an asset tag or asset metadata")
    facilitators: bool = Field(default=True, description="posted by staff of the directory")
    channels: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="every human root message in these conversations (ids)"
    )
    inline_answers: bool = Field(
        default=False, description="another member's root message within ten minutes answers, too"
    )

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("channels"), str):
            data = data | {"channels": tuple(c.strip() for c in data["channels"].split(",") if c.strip())}
        return data


class JudgeSettings(Section):
    """How silence is judged."""

    horizon_days: float = Field(default=7.0, gt=0, description="how long a prompt is waited for")
    alpha: Alpha = Field(default=0.1, description="share of healthy prompts that may be called silent")
    fdr: Rate = Field(
        default=0.2,
        description="of the assets, channels and segments that are called silent, about this share may be false at any "
        "time: the more is watched, the surer each must be; off: each is judged by alpha alone",
    )
    epoch_hours: int = Field(default=1, ge=1, description="what is learned is published by epochs of event time")
    lag_epochs: int = Field(
        default=2, ge=1, description="how many epochs old the version is that judges; 1: whoever learns is waited for"
    )
    lateness_seconds: float = Field(default=60.0, ge=0, description="how much later than its time an event may come")
    young_prompts: float = Field(
        default=10.0,
        ge=0,
        description="a programme is young until so many prompts to its persona have run their course",
    )
    active_days: float = Field(default=28.0, gt=0, description="for `members active lately`")

    @property
    def cap(self) -> float | None:
        """Return the rate of the cap; None: there is none."""
        return None if self.fdr == "off" else self.fdr


class PersonaSettings(Section):
    """Personas inferred from activity where none is given: decayed messages and reactions in about four weeks."""

    occasional: float = Field(default=3.0, gt=0, description="from here on no newcomer any more")
    regular: float = Field(default=12.0, gt=0, description="from here on a regular")
    core: float = Field(default=40.0, gt=0, description="from here on of the core")


class FeedbackSettings(Section):
    """What people say of what they were told."""

    mute_days: float = Field(default=28.0, gt=0, description="how long silence is expected where people said so")


class PrivacySettings(Section):
    """Pseudonyms."""

    pseudonym_key: SecretStr = Field(
        default=SecretStr(""), description="16 to 64 characters; empty: made once and kept in the data folder"
    )


class ReplaySettings(Section):
    """Reading the past."""

    undated_reaction_hours: float = Field(
        default=2.0, ge=0, description="exports do not say when somebody reacted: so long after the message"
    )


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", extra="ignore")

    data_dir: Path = Field(default=Path(".crickets"), description="where the embedded engine keeps its tables")
    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    slack: SlackSettings = SlackSettings()
    gateway: GatewaySettings = GatewaySettings()
    prompts: PromptRules = PromptRules()
    judge: JudgeSettings = JudgeSettings()
    personas: PersonaSettings = PersonaSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    privacy: PrivacySettings = PrivacySettings()
    replay: ReplaySettings = ReplaySettings()
    checklist: str = Field(
        default="",
        description="YAML file of your own checklist; empty: the package's, which `crickets checklist` prints",
    )
    live_clock: bool = Field(
        default=True, description="quiet partitions advance by the wall clock; off: by watermarks of the source alone"
    )
    poison_tries: int = Field(
        default=3, ge=1, description="how often a record may make an agent fail before it becomes a dead letter"
    )
    stall_seconds: float = Field(
        default=180.0, gt=0, description="a worker ends when a partition with work makes no progress for so long"
    )
    web_port: int = Field(default=0, ge=0, le=65535, description="web page of a worker, for health checks; 0: none")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _key_length(self) -> Self:
        key = self.privacy.pseudonym_key.get_secret_value()
        if key and not 16 <= len(key.encode()) <= 64:
            msg = "privacy.pseudonym_key must have 16 to 64 characters"
            raise ValueError(msg)
        return self


def variables(settings: BaseModel, prefix: str = PREFIX) -> Iterator[tuple[str, Any, FieldInfo]]:
    """Give every setting: the name of its variable, its value and its field."""
    for name, field in type(settings).model_fields.items():
        value, variable = getattr(settings, name), f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            yield from variables(value, f"{variable}__")
        else:
            yield variable, value, field
