"""Outgoing webhooks: where they may be sent."""

from typing import Annotated

from pydantic import Field

from settings.environment import FromEnvironment
from settings.fields import InProduction

not_allowed = InProduction(
    lambda value: value == "True",
    "must be false in production: it lets shops send requests to this machine",
)


class OutgoingWebhookSettings(FromEnvironment):
    """Read where endpoints are entered and where events are sent."""

    webhooks_allow_loopback: Annotated[bool, not_allowed] = Field(
        False,
        description="Whether webhook endpoints may be on this machine and use http://. For development only.",
    )
