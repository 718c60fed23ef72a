"""Settings that every role shares, read from the environment and validated at start.

Variables are `AMANAH_<NAME>`; the three stores are also read from their usual names.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from limits import parse
from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process. All have defaults for one machine; on many machines, set the stores and keys."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_", extra="ignore", populate_by_name=True)

    data: Path = Field(default=Path(".amanah"), description="Data folder of a single machine: stores, keys, logs")
    mongo_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("MONGO_URL", "AMANAH_MONGO_URL"),
        description="Address of a MongoDB replica set; unset starts a document store in the data folder",
    )
    database_prefix: str = Field(default="amanah", pattern=r"^[a-z][a-z0-9_]*$", description="Prefix of database names")
    s3_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("S3_ENDPOINT", "AMANAH_S3_ENDPOINT"),
        description="Address of the object store, such as http://minio:9000; unset starts one in the data folder",
    )
    s3_public_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("S3_PUBLIC_ENDPOINT", "AMANAH_S3_PUBLIC_ENDPOINT"),
        description="Address of the object store for clients; unset means the same address",
    )
    s3_access_key: str = Field(
        default="amanah",
        validation_alias=AliasChoices("S3_ACCESS_KEY", "AMANAH_S3_ACCESS_KEY"),
        description="Access key of the object store",
    )
    s3_secret_key: str | None = Field(
        default=None,
        validation_alias=AliasChoices("S3_SECRET_KEY", "AMANAH_S3_SECRET_KEY"),
        description="Secret key of the object store",
    )
    kafka: str | None = Field(
        default=None,
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "AMANAH_KAFKA"),
        description="Kafka bootstrap servers; unset uses the local bus, one SQLite file in the data folder",
    )
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Security protocol of Kafka"
    )
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism of Kafka"
    )
    kafka_username: str | None = Field(default=None, description="SASL user name for Kafka")
    kafka_password: str | None = Field(default=None, description="SASL password for Kafka")
    master_keys: str | None = Field(
        default=None,
        description="Master keys of personal data, `1:<base64>,2:<base64>`; unset creates one in the data folder",
    )
    service_key: str | None = Field(
        default=None, description="Secret that signs calls between services; at least 32 characters"
    )
    audit_origin: str = Field(
        default="amanah.local/log",
        pattern=r"^[^\s+]+$",
        description="Origin of the audit log in every checkpoint: a URL without its scheme",
    )
    audit_key: str | None = Field(
        default=None,
        description="Signing keys of the audit log, the newest first, separated by commas (base64 of 32 bytes each); unset "
        "creates one in the data folder",
    )
    issuer: str = Field(default="amanah-trial", description="Trusted issuer of tokens")
    issuer_jwks: str | None = Field(
        default=None, description="Public keys of the issuer (a JWK Set as JSON); unset trusts the local trial issuer"
    )
    audience: str = Field(default="amanah", description="Audience that a token must have")
    recipients_url: str | None = Field(default=None, description="Address of the recipients service, for the gateway")
    distribution_url: str | None = Field(
        default=None, description="Address of the distribution service, for the gateway"
    )
    audit_url: str | None = Field(default=None, description="Address of the audit service, for the gateway")
    reporting_url: str | None = Field(default=None, description="Address of the reporting service, for the gateway")
    public_url: str = Field(default="http://127.0.0.1:8000", description="Public address of the gateway")
    trusted_proxies: str = Field(
        default="",
        description="Proxies whose `X-Forwarded-For` is trusted: addresses or networks, separated by commas; unset trusts none",
    )
    refusals_recorded: str = Field(
        default="600/minute",
        description="Rate limit of audit entries for denials and refusals, per process: of one person, of one IP address and of one "
        "topic. Beyond it, one entry has the number of those suppressed",
    )
    strangers_recorded: str = Field(
        default="300/minute",
        description="Rate limit of audit entries for refused tokens of all IP addresses together, per process",
    )
    log_format: Literal["auto", "json", "console"] = Field(default="auto", description="Format of log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lowest level that is logged"
    )
    otlp_endpoint: str | None = Field(
        default=None, description="Address of the OpenTelemetry collector for traces (OTLP over HTTP)"
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        return ",".join(str(ip_network(each.strip())) for each in value.split(",") if each.strip())

    @field_validator("refusals_recorded", "strangers_recorded")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        parse(value)
        return value


class BadSettings(Exception):
    """A setting is missing or wrong; the text names the variable."""


def load(**known: object) -> Settings:
    """The settings from the environment; `known` values win. Raises BadSettings naming each variable that is wrong."""
    try:
        return Settings(**known)  # type: ignore[arg-type] # pydantic validates what comes by name
    except ValidationError as error:
        raise BadSettings(describe(error)) from None


def describe(error: ValidationError, prefix: str = "AMANAH_") -> str:
    """Describes the errors in the settings, a line a variable; `prefix` is that of the settings class."""
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else "?"
        variable = name if name.isupper() else f"{prefix}{name.upper()}"
        lines.append(f"{variable}: {problem['msg']}")
    return "\n".join(lines)
