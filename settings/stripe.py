"""The connection to Stripe."""

from typing import Annotated

from pydantic import Field, SecretStr

from settings.environment import FromEnvironment
from settings.setting_types import PublicAddress, Secret, live_stripe_key, long_enough, not_empty


class StripeSettings(FromEnvironment):
    """A restricted key suffices if it can write PaymentIntents and refunds and read events."""

    stripe_api_key: Annotated[Secret, not_empty, live_stripe_key, long_enough] = Field(
        SecretStr(""), description="Restricted (rk_...) or secret (sk_...) key."
    )
    stripe_api_url: PublicAddress = Field(
        "https://api.stripe.com",
        description="Base URL of Stripe's API, or of the sandbox.",
    )
    stripe_connect_timeout_seconds: float = Field(3.0, gt=0, description="Connect timeout in seconds.")
    stripe_read_timeout_seconds: float = Field(10.0, gt=0, description="Read timeout in seconds.")
    stripe_network_retries: int = Field(
        1,
        ge=0,
        le=3,
        description="Immediate retries by the SDK. The worker schedules later retries.",
    )
    stripe_connections: int = Field(
        16, ge=1, le=256, description="Connections to Stripe that each process keeps open."
    )

    @property
    def mode(self) -> str:
        """Stripe's mode, according to the prefix of the key: "live", "test" or "unknown"."""
        parts = self.stripe_api_key.get_secret_value().split("_")
        return parts[1] if len(parts) > 2 and parts[1] in ("live", "test") else "unknown"
