"""Invented credentials that the product, the sandbox and the callers of the endpoints share."""

from __future__ import annotations

from pathlib import Path

ACCOUNT_SID, AUTH_TOKEN = "AC" + "7" * 32, "8f14e45fceea167a5a36dedd4bea2543"
STRIPE_KEY, STRIPE_SECRET = "sk_test_51Sandbox", "whsec_8f14e45fceea167a"
RESEND_KEY, RESEND_SECRET = "re_sandbox", "whsec_OWQxZjBjNWUxYTVkY2Q0Zg=="
INTERNAL_SECRET, CRON_SECRET = "internal-9d1f0c5e", "cron-9d1f0c5e"

OF_THE_PROVIDERS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "STRIPE_API_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
    "RESEND_API_KEY": RESEND_KEY,
    "RESEND_WEBHOOK_SECRET": RESEND_SECRET,
}
OF_THE_CALLERS = {"INTERNAL_SECRET": INTERNAL_SECRET, "CRON_SECRET": CRON_SECRET}


def of_a_sandbox(folder: Path, app_url: str, *, url: str = "http://127.0.0.1:1") -> dict[str, str]:
    """Returns the environment of a sandbox that accepts these credentials.

    `url` is the sandbox's own address in its responses. Webhooks are sent to `app_url`.
    """
    return {**OF_THE_PROVIDERS, "SANDBOX_DIR": str(folder), "SANDBOX_URL": url, "APP_URL": app_url}
