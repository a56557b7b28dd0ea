"""What the doors and the pages need: signing secrets and shared secrets, and no key that can spend or send."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.fields import (
    DEVELOPMENT_ONLY,
    OptionalSecret,
    PublicAddress,
    PublicScript,
    Secret,
    live_signing_secret,
    live_stripe_key,
    long_enough,
    not_empty,
    not_guessable,
    twilio_account,
)


class WebSettings(FromEnvironment):
    """The web process. An empty signing secret closes its route; an unset shared secret answers 500 and says so."""

    app_url: PublicAddress = Field(
        "http://127.0.0.1:8000",
        description="Public base address: for links, and for the URL that Twilio signs.",
    )
    secret_key: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(DEVELOPMENT_ONLY), description="Signs cookies and CSRF tokens."
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description=(
            "How many proxies of yours stand before the web process, each adding to X-Forwarded-For. Limits on "
            "sign-in go by the visitor's address: with too few all visitors count as one, with too many a visitor "
            "can invent addresses."
        ),
    )
    internal_secret: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="x-internal-secret of the booking system that cancels appointments. Optional."
    )
    cron_secret: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="x-cron-secret and bearer of whoever runs the jobs from outside. Optional."
    )
    twilio_account_sid: Annotated[str, twilio_account] = Field(
        "", description="The account whose webhooks are accepted (AC...)."
    )
    twilio_auth_token: Annotated[Secret, not_empty, not_guessable, long_enough] = Field(
        SecretStr(""), description="Twilio signs its webhooks with it."
    )
    twilio_auth_token_previous: Annotated[OptionalSecret, not_guessable, long_enough] = Field(
        None, description="The other auth token while it is being rotated; empty otherwise."
    )
    stripe_webhook_secret: Annotated[Secret, not_empty, not_guessable, long_enough, live_signing_secret] = Field(
        SecretStr(""), description="Signing secret of the webhook endpoint (whsec_...)."
    )
    stripe_webhook_secret_previous: Annotated[OptionalSecret, not_guessable, long_enough, live_signing_secret] = (
        Field(None, description="The former signing secret while it is being rolled; empty otherwise.")
    )
    stripe_publishable_key: Annotated[str, not_empty, live_stripe_key] = Field(
        "", description="Key for the payment page (pk_...); not a secret."
    )
    stripe_js_url: PublicScript = Field(
        "https://js.stripe.com/v3/", description="Script of the payment page; the sandbox's when trying out."
    )
