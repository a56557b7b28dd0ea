"""Taking deposits: the key for Stripe, its address and our patience."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.fields import PublicAddress, Secret, live_stripe_key, not_empty


class StripeSettings(FromEnvironment):
    """Only the worker speaks to Stripe. A restricted key is enough: PaymentIntents and refunds write, events read."""

    stripe_api_key: Annotated[Secret, not_empty, live_stripe_key] = Field(
        SecretStr(""), description="Restricted (rk_...) or secret (sk_...) key."
    )
    stripe_api_url: PublicAddress = Field(
        "https://api.stripe.com",
        description="Base address of Stripe's API; the sandbox's address when trying out.",
    )
    stripe_connect_timeout_seconds: float = Field(3.0, gt=0, description="How long to try to reach Stripe.")
    stripe_read_timeout_seconds: float = Field(10.0, gt=0, description="How long to wait for Stripe's answer.")
    stripe_network_retries: int = Field(
        1,
        ge=0,
        le=3,
        description="How often the SDK repeats a request at once; later tries are the worker's.",
    )
    stripe_connections: int = Field(16, ge=1, le=256, description="Connections kept open to Stripe, per process.")
