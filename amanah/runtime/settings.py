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

    data: Path = Field(default=Path(".amanah"), description="Folder of the one-machine default: stores, keys, logs")
    mongo_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("MONGO_URL", "AMANAH_MONGO_URL"),
        description="MongoDB with transactions (a replica set); unset starts one below the data folder",
    )
    database_prefix: str = Field(default="amanah", pattern=r"^[a-z][a-z0-9_]*$", description="Prefix of database names")
    s3_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("S3_ENDPOINT", "AMANAH_S3_ENDPOINT"),
        description="Object store, such as http://minio:9000; unset starts one below the data folder",
    )
    s3_public_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("S3_PUBLIC_ENDPOINT", "AMANAH_S3_PUBLIC_ENDPOINT"),
        description="The object store's address as clients reach it, when it is another",
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
        description="Kafka's bootstrap servers; unset uses a log in one SQLite file below the data folder",
    )
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How Kafka's brokers are spoken to"
    )
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How we sign in to Kafka, where it asks for it"
    )
    kafka_username: str | None = Field(default=None, description="Our name at Kafka, where it asks for one")
    kafka_password: str | None = Field(default=None, description="Our password at Kafka")
    master_keys: str | None = Field(
        default=None, description="Keys of personal data, `1:<base64>,2:<base64>`; unset makes one in the data folder"
    )
    service_key: str | None = Field(
        default=None, description="Secret (32 characters or more) that signs calls between services"
    )
    audit_origin: str = Field(
        default="amanah.local/log",
        pattern=r"^[^\s+]+$",
        description="Name of the audit log: a URL without its scheme; part of every checkpoint",
    )
    audit_key: str | None = Field(
        default=None,
        description="Signing keys of the audit log, the newest first, with commas between (base64 of 32 bytes each); unset "
        "makes one in the data folder",
    )
    issuer: str = Field(default="amanah-trial", description="Issuer of tokens that is trusted")
    issuer_jwks: str | None = Field(
        default=None, description="The issuer's public keys (a JWK Set as JSON); unset trusts the local trial issuer"
    )
    audience: str = Field(default="amanah", description="Audience that tokens must name")
    recipients_url: str | None = Field(default=None, description="Where the gateway finds the recipients service")
    distribution_url: str | None = Field(default=None, description="Where the gateway finds the distribution service")
    audit_url: str | None = Field(default=None, description="Where the gateway finds the audit service")
    reporting_url: str | None = Field(default=None, description="Where the gateway finds the reporting service")
    public_url: str = Field(default="http://127.0.0.1:8000", description="The gateway's address as people reach it")
    trusted_proxies: str = Field(
        default="",
        description="Proxies whose `X-Forwarded-For` is believed: addresses or networks, with commas between; unset believes "
        "nobody's, and who connects is the client",
    )
    refusals_recorded: str = Field(
        default="600/minute",
        description="Denials and refusals of one person, refused tokens of one address and unusable messages of one topic "
        "that become audit entries one by one, in each process; how many more there were is told in one entry",
    )
    strangers_recorded: str = Field(
        default="300/minute", description="Refused tokens of all addresses together that become audit entries, likewise"
    )
    log_format: Literal["auto", "json", "console"] = Field(default="auto", description="Form of log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged")
    otlp_endpoint: str | None = Field(default=None, description="OpenTelemetry collector (OTLP over HTTP) for traces")

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
