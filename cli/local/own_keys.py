"""Reads your own test keys for `slots up`. The sandbox simulates the providers for which the file has no keys."""

from collections.abc import Mapping
from pathlib import Path

from cli.local.dotenv import read_dotenv
from cli.local.servers.start_errors import DidNotStartError
from settings.email import EmailSettings
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from settings.web import WebSettings

# The key that selects each provider, and the provider's addresses.
COMPANIES: Mapping[str, Mapping[str, str]] = {
    "TWILIO_ACCOUNT_SID": {"TWILIO_API_URL": TwilioSettings.model_fields["twilio_api_url"].default},
    "STRIPE_API_KEY": {
        "STRIPE_API_URL": StripeSettings.model_fields["stripe_api_url"].default,
        "STRIPE_JS_URL": WebSettings.model_fields["stripe_js_url"].default,
    },
    "RESEND_API_KEY": {"RESEND_API_URL": EmailSettings.model_fields["resend_api_url"].default},
}
TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}),
    frozenset({"STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"}),
)
KNOWN = frozenset({"APP_URL", *COMPANIES}).union(*TOGETHER)
LIVE = ("sk_live_", "rk_live_", "pk_live_")


def own_keys(file: Path) -> dict[str, str]:
    """Returns the keys in the file and the addresses of their providers. Raises DidNotStartError."""
    keys = {name: value.strip() for name, value in read_dotenv(file).items() if value.strip() and name[0] != "#"}
    wrong = "\n".join(_complaints(keys))
    if wrong:
        raise DidNotStartError(f"{file} can't be used:\n{wrong}")
    return {**{name: url for key, urls in COMPANIES.items() if key in keys for name, url in urls.items()}, **keys}


def _complaints(keys: Mapping[str, str]) -> list[str]:
    unknown = sorted(set(keys) - KNOWN)
    live = sorted(name for name, value in keys.items() if value.startswith(LIVE))
    halves = [sorted(both - set(keys)) for both in TOGETHER if both & set(keys)]
    return [
        *([] if keys else ["it is empty"]),
        *(f"{name} is not one of {', '.join(sorted(KNOWN))}" for name in unknown),
        *(f"{name} is a live key; set the test key instead" for name in live),
        *(f"{', '.join(missing)} is missing" for missing in halves if missing),
        *(
            []
            if "APP_URL" in keys
            else ["APP_URL is missing: the address at which Twilio and Stripe reach this machine"]
        ),
    ]
