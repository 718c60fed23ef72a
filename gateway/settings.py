"""Settings of the gateway; variables are `AMANAH_GATEWAY_<NAME>`."""

from enum import StrEnum

from limits import parse
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Introspection(StrEnum):
    """Permission to query the schema itself."""

    OFF = "off"
    SIGNED_IN = "signed_in"
    ANYONE = "anyone"


class GatewaySettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_GATEWAY_", extra="ignore")

    introspection: Introspection = Field(
        default=Introspection.SIGNED_IN, description="Who may ask what the schema is: off, signed_in or anyone"
    )
    rate: str = Field(default="6000/minute", description="Requests of one viewer; more are answered THROTTLED")
    anonymous_rate: str = Field(
        default="300/minute", description="Requests of one address to pages that need no token and reach a service"
    )
    log_rate: str = Field(
        default="1000/second", description="Files of the public log that one address may read; more are answered 429"
    )
    body_bytes: int = Field(default=1_000_000, ge=1_000, description="Largest GraphQL request")
    tokens: int = Field(default=2_000, ge=100, description="Most tokens of a GraphQL document")
    depth: int = Field(default=12, ge=8, description="Deepest nesting of fields in an operation")
    aliases: int = Field(default=30, ge=0, description="Most aliases in a document")
    fields: int = Field(default=1_000, ge=100, description="Most fields in a document, fragments spread out")
    origins: tuple[str, ...] = Field(
        default=(), description='Web origins whose pages may call the API, as JSON: ["https://app.example.org"]'
    )

    partner_token_minutes: int = Field(
        default=60, ge=1, le=1440, description="How long a token of the token endpoint for partners is valid"
    )
    signature_window_s: int = Field(
        default=300,
        ge=10,
        description="How far the time of a partner's signed request may be from our clock, in seconds",
    )
    sms_secret: SecretStr | None = Field(
        default=None, min_length=16, description="Opens POST /sms/inbound: the key of its HMAC-SHA-256 signatures"
    )
    sms_window_s: int = Field(
        default=300, ge=10, description="How far the time of a signed SMS may be from our clock, in seconds"
    )
    sms_twilio_token: SecretStr | None = Field(
        default=None, min_length=16, description="Opens POST /sms/twilio: the auth token of the Twilio account"
    )
    sms_kannel_secret: SecretStr | None = Field(
        default=None, min_length=16, description="Opens GET /sms/kannel: the secret that Kannel sends in its query"
    )
    sms_rapidpro_token: SecretStr | None = Field(
        default=None, min_length=16, description="Opens POST /sms/rapidpro: the token of its Authorization header"
    )

    @field_validator("rate", "anonymous_rate", "log_rate")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        parse(value)
        return value
