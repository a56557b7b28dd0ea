"""A Flask app that runs each step within the request, and calls itself over HTTP for the next step."""

import os
import threading
from typing import Any

import psycopg
import requests
from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from psycopg.rows import dict_row

ROWS_A_SWEEP = 25
COOLDOWN = "24 hours"
IN_LINE = "SELECT * FROM naive_customers WHERE shop_id = %s AND opted_in ORDER BY last_visit DESC NULLS LAST, id"
Row = dict[str, Any]

bp, MINE = Blueprint("naive", __name__), threading.local()


class Connections:
    """The database connection and HTTP session of one thread."""

    def __init__(self) -> None:
        self.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=dict_row)
        self.http = requests.Session()
        self.http.trust_env = False

    def rows(self, statement: str, *values: object) -> list[Row]:
        cursor = self.connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

    def text(self, shop_id: object, phone: str, body: str) -> None:
        """Sends a text and waits for the carrier's response."""
        (shop,) = self.rows("SELECT phone FROM naive_shops WHERE id = %s", shop_id)
        account = os.environ["TWILIO_ACCOUNT_SID"]
        self.http.post(
            f"{os.environ['SANDBOX_URL']}/2010-04-01/Accounts/{account}/Messages.json",
            data={"From": shop["phone"], "To": phone, "Body": body},
            auth=(account, os.environ["TWILIO_AUTH_TOKEN"]),
            timeout=30,
        ).raise_for_status()

    def next_step(self, slot_id: object) -> None:
        """Requests the next step over HTTP."""
        self.http.post(f"{request.host_url}offer-loop/{slot_id}", timeout=60).raise_for_status()

    def may_be_asked(self, customer: Row, slot_id: object) -> bool:
        """Returns whether the customer can be asked. Checks each rule with a separate query."""
        asked = "SELECT 1 FROM naive_offers WHERE slot_id = %s AND customer_id = %s"
        live = "SELECT 1 FROM naive_offers WHERE customer_id = %s AND status = 'sent'"
        in_cooldown = f"SELECT 1 FROM naive_customers WHERE id = %s AND asked_at > now() - interval '{COOLDOWN}'"
        return not (
            self.rows(asked, slot_id, customer["id"])
            or self.rows(live, customer["id"])
            or self.rows(in_cooldown, customer["id"])
        )


def connections() -> Connections:
    """Returns the connections of this thread, which are opened at the first call."""
    if not hasattr(MINE, "connections"):
        MINE.connections = Connections()
    found: Connections = MINE.connections
    return found


@bp.get("/")
def alive() -> ResponseReturnValue:
    return "", 204


@bp.post("/cancel/<shop_id>")
def cancel(shop_id: str) -> ResponseReturnValue:
    (slot,) = connections().rows("INSERT INTO naive_slots (shop_id) VALUES (%s) RETURNING id", shop_id)
    connections().next_step(slot["id"])
    return "", 202


@bp.post("/offer-loop/<slot_id>")
def offer_loop(slot_id: str) -> ResponseReturnValue:
    me = connections()
    (slot,) = me.rows("SELECT * FROM naive_slots WHERE id = %s", slot_id)
    for customer in me.rows(IN_LINE, slot["shop_id"]):
        if me.may_be_asked(customer, slot_id):
            me.rows("INSERT INTO naive_offers (slot_id, customer_id) VALUES (%s, %s)", slot_id, customer["id"])
            me.rows("UPDATE naive_customers SET asked_at = now() WHERE id = %s", customer["id"])
            me.text(slot["shop_id"], customer["phone"], "A slot opened. Reply YES to book.")
            return "", 200
    me.rows("UPDATE naive_slots SET status = 'expired' WHERE id = %s", slot_id)
    return "", 200


@bp.post("/inbound")
def inbound() -> ResponseReturnValue:
    me = connections()
    live = """SELECT o.*, c.phone, c.shop_id FROM naive_offers o JOIN naive_customers c ON c.id = o.customer_id
               WHERE c.phone = %s AND o.status = 'sent' AND o.expires_at > now()"""
    for offer in me.rows(live, request.form["From"]):
        me.rows("UPDATE naive_offers SET status = 'accepted' WHERE id = %s", offer["id"])
        me.rows("UPDATE naive_slots SET status = 'filled' WHERE id = %s", offer["slot_id"])
        me.text(offer["shop_id"], offer["phone"], "Great! Pay here: /pay/1")
    return "", 200


@bp.post("/expire")
def expire() -> ResponseReturnValue:
    me = connections()
    over = "SELECT * FROM naive_offers WHERE status = 'sent' AND expires_at <= now() ORDER BY expires_at LIMIT %s"
    offers = me.rows(over, ROWS_A_SWEEP)
    for offer in offers:
        me.rows("UPDATE naive_offers SET status = 'expired' WHERE id = %s", offer["id"])
        me.next_step(offer["slot_id"])
    return {"expired": len(offers)}


def create_app() -> Flask:
    """Creates the app. It runs on the same web server with the same number of threads as the system."""
    app = Flask(__name__)
    app.register_blueprint(bp)
    return app
