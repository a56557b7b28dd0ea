"""The settings of the sandbox: its folder, the URLs that it calls and its signing secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REQUIRED = (
    "SANDBOX_DIR",
    "SANDBOX_URL",
    "APP_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
)


class StartRefusedError(RuntimeError):
    """Raised if the settings are unsuitable. The message states the reason and the fix."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`webhook_url`: where webhooks are sent; `app_url`: the public URL, which Twilio signs."""

    folder: Path
    sandbox_url: str
    app_url: str
    webhook_url: str
    account_sid: str
    auth_token: str = field(repr=False)
    stripe_key: str = field(repr=False)
    stripe_webhook_secret: str = field(repr=False)
    resend_key: str = field(default="", repr=False)
    resend_webhook_secret: str = field(default="", repr=False)

    def address(self, url: str) -> str:
        """Returns the URL to connect to for a URL or path of the application."""
        if url.startswith("/"):
            return self.webhook_url + url
        if url.startswith(self.app_url + "/"):
            return self.webhook_url + url[len(self.app_url) :]
        return url

    def public(self, url: str) -> str:
        """Returns the public URL, which customers open and which signatures cover."""
        return self.app_url + url if url.startswith("/") else url


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Reads the settings.

    Raises StartRefusedError in production, if a required variable is missing, or for a live Stripe key.
    """
    if environ.get("ENVIRONMENT", "").strip().lower() == "production":
        raise StartRefusedError("The sandbox refuses to start with ENVIRONMENT=production: it fakes payments.")
    missing = [name for name in REQUIRED if not environ.get(name)]
    if missing:
        raise StartRefusedError(f"The sandbox needs {', '.join(missing)} in its environment.")
    if not environ["STRIPE_API_KEY"].startswith(("sk_test_", "rk_test_")):
        raise StartRefusedError("STRIPE_API_KEY must be a test key (sk_test_... or rk_test_...).")
    app_url = environ["APP_URL"].rstrip("/")
    return Settings(
        folder=Path(environ["SANDBOX_DIR"]),
        sandbox_url=environ["SANDBOX_URL"].rstrip("/"),
        app_url=app_url,
        webhook_url=(environ.get("WEBHOOK_URL") or app_url).rstrip("/"),
        account_sid=environ["TWILIO_ACCOUNT_SID"],
        auth_token=environ["TWILIO_AUTH_TOKEN"],
        stripe_key=environ["STRIPE_API_KEY"],
        stripe_webhook_secret=environ["STRIPE_WEBHOOK_SECRET"],
        resend_key=environ.get("RESEND_API_KEY", ""),
        resend_webhook_secret=environ.get("RESEND_WEBHOOK_SECRET", ""),
    )
