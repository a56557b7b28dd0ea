"""The scenario of `slots demo`. It sends HTTP requests and verifies each step in the ledger and the tables."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from cli.local.demo_output import show_end, show_step
from cli.local.demo_shop import CUSTOMERS, SHOP, SHOP_PHONE

PATIENCE_SECONDS = 300.0
T = TypeVar("T")

NAME_OF = {f"+4477009000{number + 10}": name.split()[0] for number, (name, _) in enumerate(CUSTOMERS)}


class DemoFailedError(Exception):
    """An expected step did not happen. The message names the step."""


@dataclass
class DemoStory:
    """The addresses and secrets of the system, and the position reached in the ledger."""

    settings: Mapping[str, str]
    read_to: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)

    def post(self, base: str, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Sends a JSON request to the web process (`WEB_URL`) or to the sandbox (`SANDBOX_URL`)."""
        request = urllib.request.Request(  # noqa: S310 - a loopback address
            self.settings[base] + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            read: dict[str, Any] = json.load(answer)
            return read

    def row(self, statement: str, *values: object) -> dict[str, Any] | None:
        """Returns the first row of the result."""
        with psycopg.connect(self.settings["DATABASE_URL"], row_factory=dict_row, autocommit=True) as connection:
            return connection.execute(statement, values).fetchone()

    def text(self, *, holding: str, besides: str = "") -> dict[str, Any]:
        """Waits for and returns a text in the ledger that contains `holding` and is not addressed to `besides`."""

        def look() -> dict[str, Any] | None:
            self._read()
            return next((p for p in self.seen if holding in p.get("Body", "") and p.get("To") != besides), None)

        found = wait_for(look, f"a text saying “{holding}”")
        self.seen.remove(found)
        return found

    def _read(self) -> None:
        url = f"{self.settings['SANDBOX_URL']}/sandbox/ledger?after={self.read_to}"
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            entries = json.load(answer)["entries"]
        for entry in entries:
            self.read_to = max(self.read_to, entry["seq"])
            if entry["kind"] == "request" and entry["method"] == "POST" and "Messages" in entry["path"]:
                self.seen.append(entry["params"])


def wait_for(look: Callable[[], T | None], what: str) -> T:
    """Returns the first result of `look` that is not None. Raises DemoFailedError after PATIENCE_SECONDS."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.02)
    raise DemoFailedError(f"waited {PATIENCE_SECONDS:.0f} s for {what}")


APPOINTMENT = """
SELECT a.id, c.name, to_char(a.starts_at AT TIME ZONE s.timezone, 'FMDay HH24:MI') AS "when"
  FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN shops s ON s.id = a.shop_id
 WHERE a.shop_id = %s AND a.status = 'booked' AND a.starts_at > now() + interval '2 hours'
 ORDER BY a.starts_at LIMIT 1
"""


def play(settings: Mapping[str, str]) -> None:
    """Runs the whole recovery. Raises DemoFailedError."""
    stage, began = DemoStory(settings), time.monotonic()
    # In this story, the three customers have no appointments that could be moved, and a declined card ends the hold.
    stage.row("UPDATE shops SET move_up = false, payment_attempts = 1 WHERE id = %s RETURNING id", SHOP)
    appointment_id = cancel_next_appointment(stage)
    first = _ignores(stage)
    second = _is_declined(stage, besides=first)
    third = pays(stage, besides=second)
    _check(stage, appointment_id, third)
    show_end(seconds=time.monotonic() - began, saved="£20 deposit", by=NAME_OF.get(third, third))


def cancel_next_appointment(stage: DemoStory) -> str:
    """Cancels the shop's next appointment over HTTP and returns its id."""
    appointment = stage.row(APPOINTMENT, SHOP)
    if appointment is None:
        raise DemoFailedError("the demo shop has no appointment to cancel")
    show_step("cancel", f"{appointment['name']} cancels {appointment['when']}; the paid deposit stays with the shop.")
    secret = {"x-internal-secret": stage.settings["INTERNAL_SECRET"]}
    stage.post("WEB_URL", f"/api/appointments/{appointment['id']}/cancel", {}, **secret)
    return str(appointment["id"])


def _asked(stage: DemoStory, *, besides: str = "") -> str:
    text = stage.text(holding="Reply YES", besides=besides)
    who: str = text["To"]
    show_step("ask", f"{NAME_OF[who]} is asked:", text["Body"])
    return who


def _ignores(stage: DemoStory) -> str:
    """Simulates a customer who does not reply.

    Shortens the offer window, and waits until the tick expires the offer.
    """
    who = _asked(stage)
    ended = "UPDATE slot_offers SET expires_at = now() WHERE status = 'sent' AND shop_id = %s RETURNING id"
    wait_for(lambda: stage.row(ended, SHOP), "the offer to count as sent")
    show_step("silence", f"{NAME_OF[who]} does not answer, and the offer expires.")
    return who


def _says_yes(stage: DemoStory, who: str) -> str:
    """Replies YES and waits for the payment link. Returns the id of the PaymentIntent."""
    show_step("yes", f"{NAME_OF[who]} replies YES.")
    stage.post("SANDBOX_URL", "/sandbox/inbound", {"from": who, "to": SHOP_PHONE, "body": "YES"})
    text = stage.text(holding="held until")
    show_step("link", f"{NAME_OF[who]} gets the payment link:", text["Body"])
    token = text["Body"].rsplit("/pay/", 1)[1].split()[0]
    intent = stage.row("SELECT stripe_payment_intent_id AS id FROM payments WHERE pay_token = %s", token)
    if intent is None or not intent["id"]:
        raise DemoFailedError("the payment of the link has no PaymentIntent")
    return str(intent["id"])


def _is_declined(stage: DemoStory, *, besides: str) -> str:
    who = _asked(stage, besides=besides)
    intent = _says_yes(stage, who)
    stage.post("SANDBOX_URL", f"/sandbox/payment_intents/{intent}/fail", {})
    show_step(
        "declined", f"{NAME_OF[who]}'s card is declined; the payment is cancelled before the next customer is asked."
    )
    text = stage.text(holding="released")
    show_step("sorry", f"{NAME_OF[who]} is notified:", text["Body"])
    return who


def pays(stage: DemoStory, *, besides: str) -> str:
    who = _asked(stage, besides=besides)
    intent = _says_yes(stage, who)
    stage.post("SANDBOX_URL", f"/sandbox/payment_intents/{intent}/succeed", {})
    show_step("paid", f"{NAME_OF[who]} pays.")
    text = stage.text(holding="Confirmed")
    show_step("booked", f"{NAME_OF[who]} is booked:", text["Body"])
    return who


SOLD = """
SELECT 1 FROM slot_openings s
  JOIN appointments a ON a.source_slot_opening_id = s.id AND a.status = 'booked'
  JOIN customers c ON c.id = a.customer_id
  JOIN payments p ON p.appointment_id = a.id AND p.status = 'succeeded'
 WHERE s.source_appointment_id = %s AND s.status = 'filled' AND c.phone = %s
"""


def _check(stage: DemoStory, appointment_id: str, buyer: str) -> None:
    wait_for(lambda: stage.row(SOLD, appointment_id, buyer), "the slot to be filled, booked and paid")
