"""Checks whether the settings of every process are valid and consistent."""

from collections.abc import Iterator
from difflib import get_close_matches
from urllib.parse import urlsplit

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import CheckTarget
from settings.all_settings import READ_BY
from settings.environment import is_secret
from settings.secret_files import SUFFIX
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from settings.web import WebSettings

KNOWN = {name.upper(): setting for kind in READ_BY for name, setting in kind.model_fields.items()}
SECRET_FILES = {f"{name}{SUFFIX}" for name, setting in KNOWN.items() if is_secret(setting)}
PREFIXES = ("DATABASE_", "REDIS_", "TWILIO_", "STRIPE_", "RESEND_", "SMTP_", "EMAIL_", "KEEP_", "TASK_")
# Operators set these variables for other programs.
NOT_SETTINGS = frozenset(
    {"FLOWER_BASIC_AUTH", "FLOWER_BASIC_AUTH_FILE", "FLOWER_URL", "SANDBOX_URL", "WEB_URL", "TASK_ID"}
)
LIVE, TEST = ("sk_live_", "rk_live_", "pk_live_"), ("sk_test_", "rk_test_", "pk_test_")

CLOSES_AN_ENDPOINT = {
    "TWILIO_AUTH_TOKEN": "all texts and delivery reports from Twilio are rejected",
    "TWILIO_ACCOUNT_SID": "all webhooks from Twilio that contain an account SID are rejected",
    "STRIPE_WEBHOOK_SECRET": "all webhooks from Stripe are rejected",
}
WHERE = {
    "TWILIO_AUTH_TOKEN": "Twilio console, Account info, Auth Token",
    "TWILIO_ACCOUNT_SID": "Twilio console, Account info, Account SID",
    "STRIPE_WEBHOOK_SECRET": "Stripe dashboard, Webhooks, your endpoint, Signing secret",
}
OPENS_FOR = {
    "INTERNAL_SECRET": "your booking system can't cancel appointments",
    "CRON_SECRET": "an external scheduler can't run the jobs (beat still runs them)",
}
BY_ITSELF = {
    "DATABASE_URL": "To try the system: slots up --data .data; then, in another terminal: slots doctor --data .data",
}
COMPANIES = {"TWILIO_API_URL": "api.twilio.com", "STRIPE_API_URL": "api.stripe.com"}


def each_setting(target: CheckTarget) -> Iterator[Finding]:
    """Applies the validation that each process applies when it starts."""
    for name, problem in target.problems.items():
        explained = KNOWN[name].description if name in KNOWN else ""
        fix = f"Set {name}. {explained} {BY_ITSELF.get(name, '')}".strip()
        yield failure(f"settings.{name}", f"{name}: {problem}", fix)
    if not target.problems:
        yield ok("settings.readable", f"all {len(KNOWN)} settings are valid")


def misspelt(target: CheckTarget) -> Iterator[Finding]:
    """Reports variables whose names differ only slightly from the name of a setting."""
    for name in sorted(set(target.environment) - set(KNOWN) - NOT_SETTINGS - SECRET_FILES):
        meant = get_close_matches(name, KNOWN, n=1, cutoff=0.85) if name.startswith(PREFIXES) else []
        if meant and not target.value(meant[0]):
            yield warning("settings.misspelt", f"{name} is not a setting", f"If you meant {meant[0]}, rename it.")


def endpoint_secrets(target: CheckTarget) -> Iterator[Finding]:
    """Checks the secrets of the endpoints. Without its signing secret, an endpoint rejects every webhook; without a
    shared secret, an internal endpoint responds with status 500.
    """
    for name, then in CLOSES_AN_ENDPOINT.items():
        if not target.value(name) and name not in target.problems:
            yield failure(f"settings.{name}", f"{name} is empty: {then}", f"Set {name} ({WHERE[name]}).")
    for name, then in OPENS_FOR.items():
        if not target.value(name):
            yield warning(
                f"settings.{name}", f"{name} is not set: {then}", f"Set {name} to the output of: openssl rand -hex 32"
            )


def key_modes(target: CheckTarget) -> Iterator[Finding]:
    """Checks that both Stripe keys have the same mode, and that live keys are used only in production."""
    keys = {name: target.value(name) for name in ("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY")}
    live = [name for name, key in keys.items() if key.startswith(LIVE)]
    test = [name for name, key in keys.items() if key.startswith(TEST)]
    if live and test:
        message = f"{live[0]} is a live key and {test[0]} is a test key: payments fail"
        yield failure(
            "keys.modes_differ", message, "Set both to live keys or both to test keys from the Stripe dashboard."
        )
    elif live and not target.in_production:
        yield failure(
            "keys.live_outside_production",
            f"{' and '.join(live)} would charge real cards, but ENVIRONMENT is not production",
            "Set test keys (sk_test_..., pk_test_...). If this is production, set ENVIRONMENT=production.",
        )
    elif not any(name in target.problems for name in keys):
        yield ok("keys.modes", "the Stripe keys match each other and ENVIRONMENT")


def one_environment(target: CheckTarget) -> Iterator[Finding]:
    """Checks that Twilio and Stripe are either both real or both simulated by the sandbox."""
    twilio, stripe = target.settings(TwilioSettings), target.settings(StripeSettings)
    if twilio is None or stripe is None:
        return
    addresses = {"TWILIO_API_URL": twilio.twilio_api_url, "STRIPE_API_URL": stripe.stripe_api_url}
    real = {name for name, host in COMPANIES.items() if (urlsplit(addresses[name]).hostname or "").endswith(host)}
    if len(real) == 1:
        (one,), (other,) = real, set(COMPANIES) - real
        message = f"{one} is the real provider, but {other} is {addresses[other]}"
        yield warning(
            "settings.two_worlds",
            message,
            f"To use both real providers, unset {other}. To use the sandbox, set {one} to it too.",
        )


def rotation(target: CheckTarget) -> Iterator[Finding]:
    """Checks that each previous secret differs from the current secret."""
    web = target.settings(WebSettings)
    if web is None:
        return
    for name in sorted(name.removesuffix("_PREVIOUS") for name in KNOWN if name.endswith("_PREVIOUS")):
        if target.value(name) and target.value(name) == target.value(f"{name}_PREVIOUS"):
            message = f"{name}_PREVIOUS is the same as {name}"
            yield warning("settings.rotation", message, f"Set {name} to the new value, or unset {name}_PREVIOUS.")
