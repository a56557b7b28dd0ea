"""The doors as the world finds them: APP_URL reached, our own signatures accepted, everybody else's refused."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from uuid import UUID

import requests
from sqlalchemy import text
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from cli.doctor.findings import Finding, failure, ok, skipped
from cli.doctor.target import Patient
from providers.connections import pooled_session
from settings.web import WebSettings

PATIENCE_SECONDS = 5.0
CLOCKS_MAY_DIFFER_SECONDS = 300
"""As much as a signature's time may be off."""
NOBODYS_MESSAGE = UUID(int=0)
"""No message of ours has this id, so that what is said of it is recorded and has no effect."""

STATUS_PATH, STRIPE_PATH = f"/api/twilio/status/{NOBODYS_MESSAGE}", "/api/stripe/webhook"
EVENT_ID, SID = "evt_slots_doctor", "SM" + "0" * 32
FORGET = text("DELETE FROM webhook_events WHERE event_id = :id AND provider = 'stripe'")
RECORDED = text("SELECT EXISTS (SELECT 1 FROM webhook_events WHERE event_id = :id AND provider = 'stripe')")

DEGRADED = {
    "redis": (
        "the web works without redis: it publishes no messages",
        "Mend REDIS_URL for the web; until then sweeps do the work, later.",
    ),
    "jobs": ("a regular job has missed its runs", "See the findings about beat; slots jobs list"),
    "stripe_signatures": (
        "the web refuses webhooks that Stripe signed: STRIPE_WEBHOOK_SECRET is not the secret it signs with",
        "Set STRIPE_WEBHOOK_SECRET as Stripe's dashboard shows it (Webhooks, your endpoint, Signing secret).",
    ),
    "twilio_signatures": (
        "the web refuses webhooks that Twilio signed: TWILIO_AUTH_TOKEN or APP_URL is not what it signs with",
        "Compare TWILIO_AUTH_TOKEN, and APP_URL with the webhook's address, with what the Twilio console shows.",
    ),
}


def reach(patient: Patient) -> Iterator[Finding]:
    """Something of ours answers at APP_URL, itself and at once, and says that it is ready."""
    web = patient.settings(WebSettings)
    if web is None:
        yield skipped("doors.reach", "the settings of the web have to be mended first")
        return
    try:
        answer = _session(web).get(f"{web.app_url}/healthz", timeout=PATIENCE_SECONDS, allow_redirects=False)
    except requests.RequestException as silence:
        said = f"nothing answers at APP_URL, {web.app_url} ({type(silence).__name__})"
        fix = (
            "Start the web (slots up), or set APP_URL to the address it has; behind a tunnel or proxy: to that one's."
        )
        yield failure("doors.unreachable", said, fix)
        return
    if answer.is_redirect:
        there = answer.headers.get("Location", "").removesuffix("/healthz")
        said = f"APP_URL, {web.app_url}, sends callers on to {there}; Twilio signs the address it is given"
        yield failure("doors.redirected", said, f"Set APP_URL={there}")
    elif not _is_alive(answer):
        said = f"what answers at APP_URL, {web.app_url}, is not our web (status {answer.status_code})"
        yield failure("doors.not_ours", said, "Set APP_URL to our web's address, or give that program another port.")
    else:
        patient.well.add("doors")
        yield from _ready(web)


def _is_alive(answer: requests.Response) -> bool:
    try:
        return answer.status_code == 200 and answer.json() == {"alive": True}
    except requests.JSONDecodeError:
        return False


def _ready(web: WebSettings) -> Iterator[Finding]:
    answer = _session(web).get(f"{web.app_url}/readyz", timeout=PATIENCE_SECONDS)
    told = answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else {}
    if answer.status_code != 200:
        said = f"the web is not ready: {', '.join(told.get('reason', ['it does not say why']))}"
        yield failure(
            "doors.not_ready", said, "Mend what it names: schema (slots migrate) or database (DATABASE_URL)."
        )
    elif told.get("degraded"):
        for what in told["degraded"]:
            said, fix = DEGRADED.get(what, (f"the web works without {what}", "See the web's log."))
            yield failure(f"doors.degraded.{what}", said, fix)
    else:
        yield ok("doors.reach", f"the web answers at {web.app_url} and is ready")


def twilio(patient: Patient) -> Iterator[Finding]:
    """A delivery report about no message, signed as Twilio does: recorded once, of no effect."""
    web = patient.settings(WebSettings)
    if web is None or not web.twilio_auth_token.get_secret_value():
        yield skipped("doors.twilio", "needs TWILIO_AUTH_TOKEN")
        return
    form = {"MessageSid": SID, "MessageStatus": "sent", "AccountSid": web.twilio_account_sid}
    url = f"{web.app_url}{STATUS_PATH}"
    signature = RequestValidator(web.twilio_auth_token.get_secret_value()).compute_signature(url, form)
    signed = _post(web, url, data=form, headers={"X-Twilio-Signature": signature})
    unsigned = _post(web, url, data=form, headers={})
    yield from _judged("twilio", "TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID and APP_URL", signed, unsigned)


def stripe(patient: Patient) -> Iterator[Finding]:
    """An event of a kind that nobody acts on, signed as Stripe does; and whether it reached this database."""
    web = patient.settings(WebSettings)
    if web is None or not web.stripe_webhook_secret.get_secret_value():
        yield skipped("doors.stripe", "needs STRIPE_WEBHOOK_SECRET")
        return
    with patient.transaction() as session:
        session.execute(FORGET, {"id": EVENT_ID})
    event = {"id": EVENT_ID, "object": "event", "type": "slots.doctor", "livemode": patient.in_production}
    body = json.dumps(event | {"data": {"object": {}}}).encode()
    url = f"{web.app_url}{STRIPE_PATH}"
    headers = {"Content-Type": "application/json"}
    signature = {"Stripe-Signature": stripe_signature(body, web.stripe_webhook_secret.get_secret_value())}
    signed = _post(web, url, data=body, headers=headers | signature)
    unsigned = _post(web, url, data=body, headers=headers)
    # Only Stripe's signatures carry a time.
    yield from _judged("stripe", "STRIPE_WEBHOOK_SECRET and ENVIRONMENT", signed, unsigned, skew=_skew(web))
    if signed == 200:
        yield _recorded(patient)


def stripe_signature(body: bytes, secret: str) -> str:
    """https://docs.stripe.com/webhooks#verify-manually"""
    now = int(time.time())
    signed = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={signed}"


def _judged(door: str, names: str, signed: int, unsigned: int, *, skew: float = 0) -> Iterator[Finding]:
    if unsigned < 400:
        said = f"the door for {door} lets in what nobody signed (status {unsigned})"
        fix = "Whatever answers at APP_URL is not our web, or a proxy answers for it: take it out of the way."
        yield failure(f"doors.{door}_open", said, fix)
    elif signed == 0 or signed >= 400:
        yield _not_taken(door, names, signed, skew)
    else:
        yield ok(f"doors.{door}", f"the door for {door} takes our signature and refuses others")


def _not_taken(door: str, names: str, signed: int, skew: float) -> Finding:
    """Why the web did not take what was signed as it should be. `skew`: seconds its clock is ahead of ours."""
    if signed == 0 or signed >= 500:
        did = "does not answer" if signed == 0 else f"fails (status {signed})"
        fix = "See the web's log for this moment; its secrets are not to blame."
        return failure(f"doors.{door}_fails", f"the web {did} when {door} signs as it should", fix)
    if abs(skew) > CLOCKS_MAY_DIFFER_SECONDS:
        said = f"the web refuses our signature for {door}: its clock and this machine's differ by {abs(skew):.0f} s"
        return failure("doors.clock", said, "Let both take their time from NTP: timedatectl set-ntp true.")
    said = f"the door for {door} refuses our own signature (status {signed})"
    fix = f"The web runs with other values than these: make {names} the same for both, and start the web again."
    return failure(f"doors.{door}", said, fix)


def _skew(web: WebSettings) -> float:
    """By how many seconds the web's clock is ahead of ours, as its answers say; 0 when they don't."""
    try:
        answer = _session(web).get(f"{web.app_url}/healthz", timeout=PATIENCE_SECONDS)
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    except (requests.RequestException, KeyError, ValueError):
        return 0


def _recorded(patient: Patient) -> Finding:
    with patient.transaction() as session:
        here = session.execute(RECORDED, {"id": EVENT_ID}).scalar_one()
    if here:
        return ok("doors.database", "what the web records is in this database")
    fix = "Give the web the same DATABASE_URL as the workers, and start it again."
    return failure("doors.database", "the web records webhooks in another database than DATABASE_URL", fix)


def _session(web: WebSettings) -> requests.Session:
    return pooled_session(web.app_url, 1)


def _post(web: WebSettings, url: str, *, data: object, headers: dict[str, str]) -> int:
    """The status; 0 when nothing came back."""
    try:
        answer = _session(web).post(
            url,
            data=data,  # type: ignore[arg-type]
            headers=headers,
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        return 0
    return answer.status_code
