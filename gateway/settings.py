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


class UploadsTo(StrEnum):
    """Receiver of the files of clients."""

    AUTO = "auto"
    GATEWAY = "gateway"
    STORE = "store"


class GatewaySettings(BaseSettings):
    """Every setting has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="AMANAH_GATEWAY_", extra="ignore")

    introspection: Introspection = Field(
        default=Introspection.SIGNED_IN,
        description="Users who may query the schema itself: `off`, `signed_in` or `anyone`",
    )
    rate: str = Field(
        default="6000/minute",
        description="Rate limit of one user's requests; requests beyond it get the error THROTTLED",
    )
    anonymous_rate: str = Field(
        default="300/minute", description="Rate limit of one IP address on public pages that call a service"
    )
    log_rate: str = Field(
        default="1000/second",
        description="Rate limit of one IP address on files of the public log; requests beyond it get status 429",
    )
    body_bytes: int = Field(default=1_000_000, ge=1_000, description="Maximum size of a GraphQL request in bytes")
    tokens: int = Field(default=2_000, ge=100, description="Maximum number of tokens in a GraphQL document")
    depth: int = Field(default=12, ge=8, description="Maximum depth of nested fields in an operation")
    aliases: int = Field(default=30, ge=0, description="Maximum number of aliases in a document")
    fields: int = Field(
        default=1_000, ge=100, description="Maximum number of fields in a document, with fragments expanded"
    )
    subscriptions: int = Field(
        default=20, ge=1, description="Maximum number of one user's open connections, and of their subscriptions"
    )
    uploads: UploadsTo = Field(
        default=UploadsTo.AUTO,
        description="Where clients send files: `gateway`, `store` (presigned; its CORS rules must allow the web origins), or "
        "`auto`, which is the gateway for a store on this machine",
    )
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
        default=None,
        min_length=16,
        description="Key of the HMAC-SHA-256 signatures at POST /sms/inbound; unset closes the endpoint",
    )
    sms_window_s: int = Field(
        default=300,
        ge=10,
        description="Maximum difference between the time of a signed SMS and the gateway's clock, in seconds",
    )
    sms_twilio_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Auth token of the Twilio account for POST /sms/twilio; unset closes the endpoint",
    )
    sms_kannel_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Secret in Kannel's query string for GET /sms/kannel; unset closes the endpoint",
    )
    sms_rapidpro_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Token in the Authorization header for POST /sms/rapidpro; unset closes the endpoint",
    )

    @field_validator("rate", "anonymous_rate", "log_rate")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        parse(value)
        return value
