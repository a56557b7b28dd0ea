"""Sending e-mail: by Resend when it has a key, else by SMTP when it has a host, else not at all."""

from typing import Literal

from pydantic import Field

from settings.environment import FromEnvironment
from settings.fields import OptionalSecret, OptionalText, PublicAddress


class EmailSettings(FromEnvironment):
    """Only the worker sends."""

    resend_api_key: OptionalSecret = Field(None, description="Key for Resend; empty: SMTP is used, if it has a host.")
    resend_api_url: PublicAddress = Field("https://api.resend.com", description="Base address of Resend's API.")
    smtp_host: OptionalText = Field(None, description="Mail server, used when there is no RESEND_API_KEY.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_user: OptionalText = Field(None, description="User name at the mail server, if it asks for one.")
    smtp_password: OptionalSecret = Field(None, description="Password at the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls (from the first byte, usually port 465) or none."
    )
    email_from: str = Field(
        "Slot Recovery <no-reply@localhost>",
        max_length=320,
        description="Sender of every e-mail: Name <address>.",
    )
    email_timeout_seconds: float = Field(10.0, gt=0, description="How long to wait for the mail provider.")
