"""Checks that the endpoints at APP_URL can be reached, accept valid signatures and reject invalid signatures."""

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

from cli.doctor.findings import Finding, State, failure, ok, skipped
from cli.doctor.target import CheckTarget
from db.tasks import running_processes
from providers.connections import pooled_session
from settings.web import WebSettings

PATIENCE_SECONDS = 5.0
CLOCKS_MAY_DIFFER_SECONDS = 300
"""The tolerance for the timestamp in a signature."""
NO_MESSAGE = UUID(int=0)
"""An id that no message has. A status callback with this id is recorded but has no effect."""

STATUS_PATH, STRIPE_PATH = f"/api/twilio/status/{NO_MESSAGE}", "/api/stripe/webhook"
EVENT_ID, SID = "evt_slots_doctor", "SM" + "0" * 32
FORGET = text("DELETE FROM webhook_events WHERE event_id = :id AND provider = 'stripe'")
RECORDED = text("SELECT EXISTS (SELECT 1 FROM webhook_events WHERE event_id = :id AND provider = 'stripe')")

DEGRADED = {
    "redis": (
        "the web process can't publish tasks to Redis",
        (
            "If Redis has no findings above, fix REDIS_URL for the web process. Until then, its tasks wait for the "
            "next sweep."
        ),
    ),
    "jobs": ("a periodic job has missed its runs", "See the findings about beat, and run: slots jobs"),
    "clock": (
        "the clocks of the web process and the database differ by over five seconds; signatures may be rejected",
        "Synchronise both with NTP: timedatectl set-ntp true.",
    ),
    "stripe_signatures": (
        "the web process rejects webhooks from Stripe: STRIPE_WEBHOOK_SECRET is not the signing secret",
        (
            "Set STRIPE_WEBHOOK_SECRET to the signing secret in the Stripe dashboard (Webhooks, your endpoint), and "
            "restart the web process."
        ),
    ),
    "twilio_signatures": (
        "the web process rejects webhooks from Twilio: TWILIO_AUTH_TOKEN or APP_URL is wrong",
        (
            "Correct TWILIO_AUTH_TOKEN or APP_URL: compare them with the auth token and the webhook address in the "
            "Twilio console. Then restart the web process."
        ),
    ),
}


def reach(target: CheckTarget) -> Iterator[Finding]:
    """Checks that the web process responds at APP_URL without a redirect and is ready."""
    web = target.settings(WebSettings)
    if web is None:
        yield skipped("web.reach", "the settings of the web process must be fixed first")
        return
    try:
        answer = _session(web).get(f"{web.app_url}/healthz", timeout=PATIENCE_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        yield _no_response(web, error)
        return
    if answer.is_redirect:
        there = answer.headers.get("Location", "").removesuffix("/healthz")
        message = f"APP_URL ({web.app_url}) redirects to {there}; Twilio signs the configured address"
        yield failure("web.redirected", message, f"Set APP_URL={there}")
    elif not _is_alive(answer):
        message = f"another server responds at APP_URL ({web.app_url}) with status {answer.status_code}"
        yield failure(
            "web.not_ours",
            message,
            "Set APP_URL to the address of the web process, or move the other server to another port.",
        )
    else:
        target.well.add("endpoints")
        yield from _all_ready(target, web)


def _no_response(web: WebSettings, error: requests.RequestException) -> Finding:
    if isinstance(error, requests.exceptions.SSLError):
        message = f"the certificate at APP_URL ({web.app_url}) is invalid: {error}"
        fix = (
            "Renew the certificate of the proxy; its chain must lead to a public CA, as for Twilio and Stripe. For a "
            "private CA, run: REQUESTS_CA_BUNDLE=FILE slots doctor (FILE contains this CA and the public ones)."
        )
        return failure("web.certificate", message, fix)
    message = f"no response from APP_URL ({web.app_url}): {type(error).__name__}"
    fix = "Start the web process (locally: slots up), or set APP_URL to its address or that of its proxy."
    return failure("web.unreachable", message, fix)


def _is_alive(answer: requests.Response) -> bool:
    try:
        return answer.status_code == 200 and answer.json() == {"alive": True}
    except requests.JSONDecodeError:
        return False


def _all_ready(target: CheckTarget, web: WebSettings) -> Iterator[Finding]:
    """Checks each web process behind a proxy that distributes requests evenly."""
    found = {finding.name: finding for _ in range(_readiness_requests(target)) for finding in _ready(web)}
    failures = [finding for finding in found.values() if finding.state is State.FAILURE]
    yield from failures or found.values()


def _readiness_requests(target: CheckTarget) -> int:
    """Returns two for each of several web processes, because other requests also change which process is next."""
    if "schema" not in target.well:
        return 1
    with target.transaction() as session:
        processes = running_processes.expected(session)
    return 2 * number if (number := sum(one.name == "web" and not one.lost for one in processes)) > 1 else 1


def _ready(web: WebSettings) -> Iterator[Finding]:
    answer = _session(web).get(f"{web.app_url}/readyz", timeout=PATIENCE_SECONDS)
    body = answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else {}
    if answer.status_code != 200:
        message = f"the web process is not ready: {', '.join(body.get('reason', ['no reason given']))}"
        fix = (
            "Schema: run slots migrate. Database: start Postgres, or fix DATABASE_URL. "
            "Read-only: set DATABASE_URL to the address of the primary."
        )
        yield failure("web.not_ready", message, fix)
    elif body.get("degraded"):
        for what in body["degraded"]:
            message, fix = DEGRADED.get(
                what, (f"the web process reports a problem with {what}", "See the log of the web process.")
            )
            yield failure(f"web.degraded.{what}", message, fix)
    else:
        yield ok("web.reach", f"the web process at {web.app_url} is ready")


def twilio(target: CheckTarget) -> Iterator[Finding]:
    """Sends a signed status callback for an unknown message. The callback has no effect."""
    web = target.settings(WebSettings)
    if web is None or not web.twilio_auth_token.get_secret_value():
        yield skipped("web.twilio", "requires TWILIO_AUTH_TOKEN")
        return
    form = {"MessageSid": SID, "MessageStatus": "sent", "AccountSid": web.twilio_account_sid}
    url = f"{web.app_url}{STATUS_PATH}"
    signature = RequestValidator(web.twilio_auth_token.get_secret_value()).compute_signature(url, form)
    signed = _post(web, url, data=form, headers={"X-Twilio-Signature": signature})
    unsigned = _post(web, url, data=form, headers={})
    yield from _compare("twilio", "TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID and APP_URL", signed, unsigned)


def stripe(target: CheckTarget) -> Iterator[Finding]:
    """Sends a signed event of an unknown type, and checks that this database recorded it."""
    web = target.settings(WebSettings)
    if web is None or not web.stripe_webhook_secret.get_secret_value():
        yield skipped("web.stripe", "requires STRIPE_WEBHOOK_SECRET")
        return
    with target.transaction() as session:
        session.execute(FORGET, {"id": EVENT_ID})
    event = {"id": EVENT_ID, "object": "event", "type": "slots.doctor", "livemode": target.in_production}
    body = json.dumps(event | {"data": {"object": {}}}).encode()
    url = f"{web.app_url}{STRIPE_PATH}"
    headers = {"Content-Type": "application/json"}
    signature = {"Stripe-Signature": stripe_signature(body, web.stripe_webhook_secret.get_secret_value())}
    signed = _post(web, url, data=body, headers=headers | signature)
    unsigned = _post(web, url, data=body, headers=headers)
    # Only Stripe's signatures contain a timestamp.
    yield from _compare("stripe", "STRIPE_WEBHOOK_SECRET and ENVIRONMENT", signed, unsigned, skew=_skew(web))
    if signed == 200:
        yield _recorded(target)


def stripe_signature(body: bytes, secret: str) -> str:
    """Returns the Stripe-Signature header (https://docs.stripe.com/webhooks#verify-manually)."""
    now = int(time.time())
    signed = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={signed}"


def _compare(endpoint: str, names: str, signed: int, unsigned: int, *, skew: float = 0) -> Iterator[Finding]:
    if unsigned < 400:
        message = f"the {endpoint} endpoint accepts unsigned requests (status {unsigned})"
        fix = "APP_URL leads to another server, or a proxy responds itself. Correct APP_URL or the proxy."
        yield failure(f"web.{endpoint}_open", message, fix)
    elif signed == 0 or signed >= 400:
        yield _rejected(endpoint, names, signed, skew)
    else:
        yield ok(f"web.{endpoint}", f"the {endpoint} endpoint accepts valid signatures and rejects unsigned requests")


def _rejected(endpoint: str, names: str, signed: int, skew: float) -> Finding:
    """Explains why the web process rejected a valid signature. `skew`: the number of seconds by which the clock of
    the web process is ahead.
    """
    if signed == 0 or signed >= 500:
        did = "does not respond" if signed == 0 else f"responds with status {signed}"
        fix = "The secrets are not the cause. See the latest errors in the log of the web process."
        return failure(
            f"web.{endpoint}_fails", f"the web process {did} to a request with a valid {endpoint} signature", fix
        )
    if abs(skew) > CLOCKS_MAY_DIFFER_SECONDS:
        message = (
            f"the web process rejects a valid {endpoint} signature: its clock and this machine's differ by "
            f"{abs(skew):.0f} s"
        )
        return failure("web.clock", message, "Synchronise both with NTP: timedatectl set-ntp true.")
    message = f"the {endpoint} endpoint rejects a valid signature (status {signed})"
    fix = f"Set the same {names} for the web process as here, and restart it."
    return failure(f"web.{endpoint}", message, fix)


def _skew(web: WebSettings) -> float:
    """Returns the number of seconds by which the web process's clock is ahead according to the Date header, or 0
    without a header.
    """
    try:
        answer = _session(web).get(f"{web.app_url}/healthz", timeout=PATIENCE_SECONDS)
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    except (requests.RequestException, KeyError, ValueError):
        return 0


def _recorded(target: CheckTarget) -> Finding:
    with target.transaction() as session:
        here = session.execute(RECORDED, {"id": EVENT_ID}).scalar_one()
    if here:
        return ok("web.database", "the web process uses this database")
    fix = "Set the same DATABASE_URL for the web process as for the workers, and restart it."
    return failure("web.database", "the web process records webhooks in another database, not in DATABASE_URL", fix)


def _session(web: WebSettings) -> requests.Session:
    return pooled_session(web.app_url, 1)


def _post(web: WebSettings, url: str, *, data: object, headers: dict[str, str]) -> int:
    """Returns the status, or 0 if there was no response."""
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
