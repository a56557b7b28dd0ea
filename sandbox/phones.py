"""The phones page: the conversations of customers, and the chaos switches."""

from flask import Blueprint, Response, jsonify, request

from sandbox import chaos_switches, payment_actions, payment_intents
from sandbox.api_calls import sandbox
from sandbox.carrier_rules import E164
from sandbox.control import Answered, read_object, refused
from sandbox.html_pages import html_page
from sandbox.payment_links import intent_of, remember
from sandbox.phone_view import version, view
from sandbox.provider_time import now
from sandbox.store import Row

bp = Blueprint("phones", __name__)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LONGEST_NAME = 60


@bp.get("/")
@bp.get("/phones")
def page() -> Response:
    """Returns the page, whose script loads the data."""
    app_url = sandbox().settings.app_url
    return html_page("phones.html", policy=POLICY, referrer="no-referrer", app_url=app_url)


@bp.get("/sandbox/phones")
def state() -> Response:
    """Returns the page's data, or responds with 304 if the data is unchanged."""
    box = sandbox()
    tag = f'"{version(box)}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    answer = jsonify(view(box))
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.post("/sandbox/phones")
def add() -> Answered:
    """Adds a phone, so that a customer can text a shop first: {"number", "shop", "name"?}."""
    given = read_object() or {}
    number, shop = str(given.get("number", "")), str(given.get("shop", ""))
    name = str(given.get("name", "")).strip()[:LONGEST_NAME]
    for which, value in (("number", number), ("shop", shop)):
        if not E164.fullmatch(value):
            return refused(400, f"{which} must be like +447700900123")
    with sandbox().store.transaction() as tx:
        tx.execute(
            "INSERT INTO phones (number, shop, name, added) VALUES (?,?,?,?)"
            " ON CONFLICT (number) DO UPDATE SET shop = excluded.shop, name = excluded.name",
            (number, shop, name, now()),
        )
    return jsonify({"number": number}), 201


@bp.post("/sandbox/phone-names")
def name() -> Answered:
    """Sets the names of phones: {"shop", "names": {number: name}}. A phone appears once it has a text."""
    given = read_object() or {}
    shop, names = str(given.get("shop", "")), given.get("names")
    if not isinstance(names, dict) or not all(E164.fullmatch(value) for value in (shop, *names)):
        return refused(400, "shop and names are required, with numbers like +447700900123")
    with sandbox().store.transaction() as tx:
        for number, called in names.items():
            tx.execute(
                "INSERT INTO phones (number, shop, name, added) VALUES (?,?,?,0)"
                " ON CONFLICT (number) DO UPDATE SET name = excluded.name",
                (number, shop, str(called).strip()[:LONGEST_NAME]),
            )
    return jsonify({"named": len(names)}), 201


@bp.post("/sandbox/texts/<sid>/<verb>")
def use_link(sid: str, verb: str) -> Answered:
    """Performs the customer's action on the payment link in a text: look, pay, decline or walk_away."""
    rows = sandbox().store.rows("SELECT * FROM messages WHERE sid = ?", (sid,))
    if not rows or verb not in ("look", "pay", "decline", "walk_away"):
        return refused(404, "no such text or verb: look, pay, decline, walk_away")
    if verb == "walk_away":
        return _walk_away(rows[0])
    intent_id = intent_of(sandbox(), rows[0])
    if verb == "look":
        return jsonify({"payment": intent_id})
    return _pay(intent_id, succeeds=verb == "pay")


def _walk_away(text: Row) -> Response:
    with sandbox().store.transaction() as tx:
        remember(tx, text, walked_away=True)
    return jsonify({"walked_away": True})


def _pay(intent_id: str | None, *, succeeds: bool) -> Answered:
    box = sandbox()
    with box.store.transaction() as tx:
        intent = payment_intents.find(tx, intent_id or "")
        if intent is None:
            return refused(409, "The page behind this link asks for no payment.")
        if intent["status"] not in payment_actions.PAYABLE:
            return refused(409, f"Too late: the payment is {intent['status']}.")
        hit = box.faults.take(tx, "stripe", "payment_intents.confirm", intent, only={"declined"})
        if succeeds and hit is None:
            intent = payment_actions.succeed(tx, box, intent)
        else:
            code = hit.code if hit and hit.code else "generic_decline"
            intent = payment_actions.fail(tx, box, intent, code)
    box.courier.wake()
    return jsonify({"id": intent["id"], "status": intent["status"]})


@bp.post("/sandbox/switches/<name>/<position>")
def turn(name: str, position: str) -> Answered:
    """Turns a chaos switch `on` or `off`."""
    switch = chaos_switches.BY_NAME.get(name)
    if switch is None or position not in ("on", "off"):
        return refused(404, "no such switch or position: on, off", valid=list(chaos_switches.BY_NAME))
    chaos_switches.turn(sandbox().faults, switch, on=position == "on")
    return jsonify({"name": name, "on": position == "on"})
