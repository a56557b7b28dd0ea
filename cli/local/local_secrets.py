"""The secrets of a local system. They are generated once for each data folder, in which they are stored."""

import base64
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.local.dotenv import read_dotenv, write_dotenv

MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_hex(32),
    "INTERNAL_SECRET": lambda: secrets.token_hex(24),
    "CRON_SECRET": lambda: secrets.token_hex(24),
    "TWILIO_ACCOUNT_SID": lambda: f"AC{secrets.token_hex(16)}",
    "TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
    "STRIPE_API_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_PUBLISHABLE_KEY": lambda: f"pk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
    "RESEND_WEBHOOK_SECRET": lambda: f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",
    "RESEND_API_KEY": lambda: f"re_{secrets.token_hex(16)}",
    "CALENDAR_KEYS": lambda: secrets.token_hex(32),
    # The sandbox identifies the account by this id.
    **dict.fromkeys(("SQUARE_APPLICATION_ID", "GOOGLE_CLIENT_ID"), lambda: "sandbox"),
    "SQUARE_APPLICATION_SECRET": lambda: secrets.token_hex(24),
    "GOOGLE_CLIENT_SECRET": lambda: secrets.token_hex(24),
    "FLOWER_BASIC_AUTH": lambda: f"slots:{secrets.token_hex(8)}",
}


def credentials_of(folder: Path) -> dict[str, str]:
    """Reads the credentials in the folder, and generates and stores missing credentials."""
    path = folder / "credentials"
    known = read_dotenv(path)
    complete = {name: known.get(name) or make() for name, make in MAKERS.items()}
    if complete != known:
        write_dotenv(path, complete)
    return complete
