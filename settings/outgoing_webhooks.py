"""The allowed destinations of outgoing webhooks."""

from typing import Annotated

from pydantic import Field

from settings.environment import FromEnvironment
from settings.setting_types import InProduction

not_allowed = InProduction(
    lambda value: value == "True",
    "must be false in production: it lets shops send requests to this machine",
)


class OutgoingWebhookSettings(FromEnvironment):
    """Addresses of endpoints are checked when they are entered and when events are sent."""

    webhooks_allow_loopback: Annotated[bool, not_allowed] = Field(
        False,
        description="Whether webhook endpoints can be on this machine and use http://. Only for development.",
    )
