"""Settings for e-mail, which is sent through Resend if its key is set, or through SMTP if its host is set."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from settings.environment import FromEnvironment, lower_case
from settings.setting_types import OptionalSecret, OptionalText, PublicAddress, Sender, long_enough


class EmailSettings(FromEnvironment):
    """E-mail is sent through Resend or an SMTP server."""

    resend_api_key: Annotated[OptionalSecret, long_enough] = Field(
        None, description="API key of Resend. If empty, SMTP_HOST is used."
    )
    resend_api_url: PublicAddress = Field("https://api.resend.com", description="Base URL of Resend's API.")
    smtp_host: OptionalText = Field(None, description="SMTP server, used if RESEND_API_KEY is empty.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server.")
    smtp_user: OptionalText = Field(None, description="User name for the SMTP server, if it requires one.")
    smtp_password: OptionalSecret = Field(None, description="Password for the SMTP server.")
    smtp_security: Annotated[Literal["starttls", "tls", "none"], BeforeValidator(lower_case)] = Field(
        "starttls", description="starttls, tls (from the first byte, usually port 465) or none."
    )
    email_from: Sender = Field(
        "Slot Recovery <no-reply@localhost>",
        max_length=320,
        description="Sender of e-mails of shops without a sender address: Name <address>.",
    )
    email_timeout_seconds: float = Field(
        10.0, gt=0, description="Timeout of a request to Resend or the SMTP server, in seconds."
    )
