"""The connection to Twilio."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from settings.environment import FromEnvironment
from settings.setting_types import OptionalSecret, OptionalText, PublicAddress, Secret, long_enough, twilio_account


class TwilioSettings(FromEnvironment):
    """Prefer an API key to the auth token, because a key can be revoked separately."""

    twilio_account_sid: Annotated[str, twilio_account] = Field(
        "", description="SID of the account that owns the shops' numbers (AC...)."
    )
    twilio_auth_token: Annotated[Secret, long_enough] = Field(
        SecretStr(""), description="Auth token of the account. Not needed with an API key."
    )
    twilio_api_key: OptionalText = Field(
        None, description="SID of an API key (SK...), used instead of the auth token."
    )
    twilio_api_secret: Annotated[OptionalSecret, long_enough] = Field(None, description="The secret of that API key.")
    twilio_api_url: PublicAddress = Field(
        "https://api.twilio.com",
        description="Base URL of Twilio's REST API, or of the sandbox.",
    )
    twilio_platform_number: OptionalText = Field(
        None,
        pattern=r"^\+[1-9][0-9]{1,14}$",
        description="E.164 number that sends sign-in codes and invitations for shops without a number.",
    )
    twilio_whatsapp_number: OptionalText = Field(
        None,
        pattern=r"^\+[1-9][0-9]{1,14}$",
        description="E.164 number that sends WhatsApp messages. Optional.",
    )
    twilio_whatsapp_templates: dict[str, dict[str, str]] = Field(
        {},
        description=(
            'Approved WhatsApp templates by purpose and language, as JSON: {"offer": {"en": "HX..."}, '
            '"booking_reminder": {"en": "HX..."}}. docs/how-to/offer-channels.md lists purposes and variables. '
            "If a purpose or language has no template, an SMS is sent instead."
        ),
    )
    twilio_connect_timeout_seconds: float = Field(3.0, gt=0, description="Connect timeout in seconds.")
    twilio_read_timeout_seconds: float = Field(
        10.0,
        gt=0,
        description="Read timeout in seconds. After a timeout, the outcome is unknown, and the text is looked up.",
    )
    twilio_connections: int = Field(
        16, ge=1, le=256, description="Connections to Twilio that each process keeps open."
    )

    @property
    def shared_numbers(self) -> dict[str, str]:
        """The installation's numbers, by channel."""
        numbers = {"whatsapp": self.twilio_whatsapp_number}
        return {channel: number for channel, number in numbers.items() if number}

    @property
    def templates(self) -> dict[str, dict[str, dict[str, str]]]:
        """The approved templates, by channel, purpose and language."""
        return {"whatsapp": self.twilio_whatsapp_templates}

    @field_validator("twilio_api_secret")
    @classmethod
    def _has_credentials(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if bool(info.data.get("twilio_api_key")) != bool(value):
            raise ValueError("and TWILIO_API_KEY belong together; set both or neither")
        token = info.data.get("twilio_auth_token")
        if info.data.get("environment") == "production" and not value and not (token and token.get_secret_value()):
            raise ValueError("is not set and neither is TWILIO_AUTH_TOKEN; set TWILIO_API_KEY and TWILIO_API_SECRET")
        return value
