"""Every setting of every process: whether it can be read, and whether the settings fit each other."""

from collections.abc import Iterator
from difflib import get_close_matches
from urllib.parse import urlsplit

from cli.doctor.findings import Finding, failure, ok, warning
from cli.doctor.target import Patient
from settings.all_settings import READ_BY
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from settings.web import WebSettings

KNOWN = {name.upper(): setting for kind in READ_BY for name, setting in kind.model_fields.items()}
OUR_FAMILIES = ("DATABASE_", "REDIS_", "TWILIO_", "STRIPE_", "RESEND_", "SMTP_", "EMAIL_", "KEEP_", "TASK_")
# Set beside ours by those who run us; not ours to read.
NOT_OURS = frozenset({"FLOWER_BASIC_AUTH", "FLOWER_URL", "SANDBOX_URL", "WEB_URL", "TASK_ID"})
LIVE, TEST = ("sk_live_", "rk_live_", "pk_live_"), ("sk_test_", "rk_test_", "pk_test_")

CLOSES_A_DOOR = {
    "TWILIO_AUTH_TOKEN": "every text and every delivery report of Twilio is refused",
    "TWILIO_ACCOUNT_SID": "every webhook of Twilio that names its account is refused",
    "STRIPE_WEBHOOK_SECRET": "every webhook of Stripe is refused",
}
WHERE = {
    "TWILIO_AUTH_TOKEN": "Twilio console, Account info, Auth Token",
    "TWILIO_ACCOUNT_SID": "Twilio console, Account info, Account SID",
    "STRIPE_WEBHOOK_SECRET": "Stripe dashboard, Webhooks, your endpoint, Signing secret",
}
OPENS_FOR = {
    "INTERNAL_SECRET": "your booking system can't cancel appointments here",
    "CRON_SECRET": "no outside scheduler can run the jobs (beat runs them anyway)",
}
BY_ITSELF = {
    "DATABASE_URL": "To try it out: slots up --data .data, and here: slots doctor --data .data",
}
COMPANIES = {"TWILIO_API_URL": "api.twilio.com", "STRIPE_API_URL": "api.stripe.com"}


def each_setting(patient: Patient) -> Iterator[Finding]:
    """As the processes themselves would refuse them at their start."""
    for name, problem in patient.problems.items():
        explained = KNOWN[name].description if name in KNOWN else ""
        fix = f"Set {name}. {explained} {BY_ITSELF.get(name, '')}".strip()
        yield failure(f"settings.{name}", f"{name}: {problem}", fix)
    if not patient.problems:
        yield ok("settings.readable", f"all {len(KNOWN)} settings can be read")


def misspelt(patient: Patient) -> Iterator[Finding]:
    """A name that is nearly one of ours is read by nobody."""
    for name in sorted(set(patient.environment) - set(KNOWN) - NOT_OURS):
        meant = get_close_matches(name, KNOWN, n=1, cutoff=0.85) if name.startswith(OUR_FAMILIES) else []
        if meant and not patient.value(meant[0]):
            yield warning("settings.misspelt", f"{name} is read by nobody", f"Call it {meant[0]}, if that is meant.")


def doors(patient: Patient) -> Iterator[Finding]:
    """An empty signing secret closes its route, an unset shared one answers 500."""
    for name, then in CLOSES_A_DOOR.items():
        if not patient.value(name) and name not in patient.problems:
            yield failure(f"settings.{name}", f"{name} is empty: {then}", f"Set {name} ({WHERE[name]}).")
    for name, then in OPENS_FOR.items():
        if not patient.value(name):
            yield warning(
                f"settings.{name}", f"{name} is not set: {then}", f"Set {name} to the output of: openssl rand -hex 32"
            )


def key_modes(patient: Patient) -> Iterator[Finding]:
    """Stripe's keys are live or test; both must be of one mode, and live ones belong to production."""
    keys = {name: patient.value(name) for name in ("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY")}
    live = [name for name, key in keys.items() if key.startswith(LIVE)]
    test = [name for name, key in keys.items() if key.startswith(TEST)]
    if live and test:
        said = f"{live[0]} is a live key and {test[0]} a test key: no payment can be made"
        yield failure("keys.modes_differ", said, "Take both keys from the same mode of the Stripe dashboard.")
    elif live and not patient.in_production:
        yield failure(
            "keys.live_outside_production",
            f"{' and '.join(live)} would move real money, and ENVIRONMENT is not production",
            "Set the test keys (sk_test_..., pk_test_...), or ENVIRONMENT=production if this is it.",
        )
    elif not any(name in patient.problems for name in keys):
        yield ok("keys.modes", "Stripe's keys fit each other and ENVIRONMENT")


def one_world(patient: Patient) -> Iterator[Finding]:
    """Half on the sandbox and half on the real companies is never meant."""
    twilio, stripe = patient.settings(TwilioSettings), patient.settings(StripeSettings)
    if twilio is None or stripe is None:
        return
    addresses = {"TWILIO_API_URL": twilio.twilio_api_url, "STRIPE_API_URL": stripe.stripe_api_url}
    real = {name for name, host in COMPANIES.items() if (urlsplit(addresses[name]).hostname or "").endswith(host)}
    if len(real) == 1:
        (one,), (other,) = real, set(COMPANIES) - real
        said = f"{one} is the real company and {other} is {addresses[other]}"
        yield warning(
            "settings.two_worlds", said, f"Unset {other} for the real one, or set {one} to the sandbox too."
        )


def rotation(patient: Patient) -> Iterator[Finding]:
    """The former secret is accepted only while it is another one."""
    web = patient.settings(WebSettings)
    if web is None:
        return
    for name in ("TWILIO_AUTH_TOKEN", "STRIPE_WEBHOOK_SECRET"):
        if patient.value(name) and patient.value(name) == patient.value(f"{name}_PREVIOUS"):
            said = f"{name}_PREVIOUS is the same as {name}"
            yield warning("settings.rotation", said, f"Set {name} to the new one, or unset {name}_PREVIOUS.")
