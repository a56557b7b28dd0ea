"""The settings of the web process. It has signing and shared secrets, but no keys for payments or messages."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.setting_types import (
    DEVELOPMENT_ONLY,
    OptionalSecret,
    PublicAddress,
    PublicScript,
    Secret,
    accepted,
    live_signing_secret,
    live_stripe_key,
    long_enough,
    not_empty,
    not_guessable,
    twilio_account,
)


class WebSettings(FromEnvironment):
    """If a signing secret is missing, the webhooks that it verifies are refused. If a shared secret is missing, the
    routes that it protects respond with status 500.
    """

    app_url: PublicAddress = Field(
        "http://127.0.0.1:8000",
        description="Public base URL for links and for the URL that Twilio signs.",
    )
    secret_key: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY),
        description="Signs cookies and CSRF tokens. Sign-in codes are derived from this key.",
    )
    secret_key_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous key, which is also accepted during a rotation. Otherwise empty."
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description=(
            "Number of proxies in front of the web process that append to X-Forwarded-For. Sign-in limits use the "
            "client address. If the number is too low, all clients share an address. If it is too high, clients can "
            "forge their addresses."
        ),
    )
    api_requests_per_minute: int = Field(
        600, ge=1, le=1_000_000, description="Maximum number of requests with an API key in a minute."
    )
    internal_secret: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Value that the booking system sends as x-internal-secret. Optional."
    )
    internal_secret_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous internal secret during a rotation. Otherwise empty."
    )
    cron_secret: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Value that an external scheduler sends as x-cron-secret or bearer token. Optional."
    )
    cron_secret_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous cron secret during a rotation. Otherwise empty."
    )
    twilio_account_sid: Annotated[str, twilio_account] = Field(
        "", description="SID of the account whose webhooks are accepted (AC...)."
    )
    twilio_auth_token: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(""), description="Auth token with which Twilio signs webhooks."
    )
    twilio_auth_token_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous auth token during a rotation. Otherwise empty."
    )
    stripe_webhook_secret: Annotated[Secret, not_empty, not_guessable, long_enough, live_signing_secret] = Field(
        SecretStr(""), description="Signing secret of the webhook endpoint (whsec_...)."
    )
    stripe_webhook_secret_previous: Annotated[OptionalSecret, not_guessable, long_enough, live_signing_secret] = (
        Field(None, description="Previous signing secret during a rotation. Otherwise empty.")
    )
    resend_webhook_secret: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Signing secret of Resend's webhook about bounced e-mails (whsec_...). Optional."
    )
    resend_webhook_secret_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="Previous signing secret during a rotation. Otherwise empty."
    )
    stripe_publishable_key: Annotated[str, not_empty, live_stripe_key] = Field(
        "", description="Publishable key for the payment page (pk_...)."
    )
    stripe_js_url: PublicScript = Field(
        "https://js.stripe.com/v3/", description="Script of the payment page, from Stripe or the sandbox."
    )

    @property
    def secret_keys(self) -> list[str]:
        """The current key, then the previous key."""
        return accepted(self.secret_key, self.secret_key_previous)

    @property
    def internal_secrets(self) -> list[str]:
        """The current secret, then the previous secret."""
        return accepted(self.internal_secret, self.internal_secret_previous)

    @property
    def cron_secrets(self) -> list[str]:
        """The current secret, then the previous secret."""
        return accepted(self.cron_secret, self.cron_secret_previous)
