"""The callers in a chaos run: a booking system that cancels appointments, and customers who answer and pay."""

from __future__ import annotations

import heapq
import itertools
import json
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path
from random import Random
from time import monotonic, time
from typing import Any

from sqlalchemy.exc import DBAPIError

from tests.chaos.calendars import CancelledThere
from tests.chaos.people import LATE, TEMPERS, Temper, temper_of
from tests.live_system import LiveAppointment, LiveSystem, Row

READS_EVERY, TRIES_AGAIN_AFTER = 0.4, 1.0
PATIENCE_SECONDS = 5
MOST_OPEN = 80
"""The booking system waits while this many slots are open, because a growing queue would show nothing."""

WINDOW_SECONDS, HOLD_SECONDS = 25, 25
"""The duration of offers and holds in a run. Their deadlines are moved, because the usual durations are minutes."""

HASTE = (
    f"""UPDATE slot_offers SET expires_at = least(expires_at, sent_at + interval '{WINDOW_SECONDS} s')
         WHERE status = 'sent' AND expires_at > sent_at + interval '{WINDOW_SECONDS} s'""",
    f"""UPDATE slot_offers SET expires_at = least(expires_at, created_at + interval '{3 * WINDOW_SECONDS} s')
         WHERE status = 'pending' AND expires_at > created_at + interval '{3 * WINDOW_SECONDS} s'""",
    f"""UPDATE payments SET expires_at = least(expires_at, created_at + interval '{HOLD_SECONDS} s')
         WHERE status = 'pending' AND expires_at > created_at + interval '{HOLD_SECONDS} s'""",
)
HOLD_ENDS_SECONDS, RESERVED_SECONDS = 40, 15
"""The duration of a reservation whose response was lost: in our rows, and at Cal.com."""
EARLIER_END = f"UPDATE calendar_holds SET ends_at = least(ends_at, now() + interval '{HOLD_ENDS_SECONDS} s')"
EARLIER_END_THERE = "UPDATE calendar_holds SET until = min(until, ?) WHERE kind = 'calcom'"

OVER = "SELECT count(*) AS over FROM slot_openings WHERE status <> 'open'"
INTENT = "SELECT stripe_payment_intent_id AS id FROM payments WHERE pay_token = %s"


OFFER = "Reply YES to "
"""Words that offers to book and offers to move an appointment both contain."""


class NotNow(Exception):
    """Raised if a request gets an error or no response. The caller then tries again later."""


class Crowd:
    """Runs in its own thread between `begin` and `end`, independently of the faults.

    If `at_first` is given, only so many offers are answered before `answer_all`.
    """

    def __init__(
        self, live: LiveSystem, *, seed: int, tempers: Sequence[Temper] = TEMPERS, at_first: float = inf
    ) -> None:
        self._live = live
        self._tempers = tempers
        self._seed = seed
        self._chance = Random(seed)
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._read = 0
        self._ended = threading.Event()
        self._hands = ThreadPoolExecutor(24, thread_name_prefix="somebody")
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)
        self._over = 0
        self._answers_left = at_first
        self._unanswered: list[Row] = []
        self.cancelled = 0

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join(30)
        self._hands.shutdown(cancel_futures=True)

    def answer_all(self) -> None:
        """Answers all offers from now on, and those that were left unanswered."""
        self._answers_left = inf

    def cancel(self, appointments: Iterable[LiveAppointment], *, seconds: float) -> None:
        """Cancels the appointments one by one, spread evenly over `seconds` seconds."""
        every = list(appointments)
        for number, appointment in enumerate(every):
            self._plan(seconds * number / len(every), lambda one=appointment: self._cancel(one))

    def _run(self) -> None:
        while not self._ended.wait(READS_EVERY):
            for look in (self._read_phones, self._answer, self._hurry, self._act):
                try:
                    look()
                except (NotNow, OSError, DBAPIError, sqlite3.Error):
                    continue

    def _plan(self, seconds: float, act: Callable[[], None]) -> None:
        with self._lock:
            heapq.heappush(self._plans, (monotonic() + seconds, next(self._numbers), act))

    def _act(self) -> None:
        with self._lock:
            due = []
            while self._plans and self._plans[0][0] <= monotonic():
                due.append(heapq.heappop(self._plans)[2])
        for act in due:
            self._hands.submit(self._try, act)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (NotNow, OSError, ValueError, DBAPIError):
            if not self._ended.is_set():
                self._plan(TRIES_AGAIN_AFTER, act)

    def _hurry(self) -> None:
        for statement in HASTE:
            self._live.rows(statement)
        self._live.rows(f"{EARLIER_END} WHERE ends_at > now() + interval '{HOLD_ENDS_SECONDS} s'")
        with sqlite3.connect(Path(self._live.settings["SANDBOX_DIR"]) / "sandbox.sqlite3", timeout=2) as file:
            file.execute(EARLIER_END_THERE, (time() + RESERVED_SECONDS,))
        self._over = self._live.row(OVER)["over"]

    def _read_phones(self) -> None:
        address = f"{self._live.settings['SANDBOX_URL']}/sandbox/ledger?after={self._read}"
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            entries = json.load(answer)["entries"]
        for entry in entries:
            self._read = entry["seq"]
            if entry["kind"] == "request" and entry["path"].endswith("/Messages.json") and entry["response_id"]:
                self._hears(entry["params"])

    def _answer(self) -> None:
        while self._unanswered and self._answers_left > 0:
            self._answers_left -= 1
            text = self._unanswered.pop(0)
            self._answers(text, temper_of(text["To"], self._seed, among=self._tempers))

    def _hears(self, text: Row) -> None:
        temper = temper_of(text["To"], self._seed, among=self._tempers)
        if OFFER in text["Body"]:
            self._unanswered.append(text)
        elif "/pay/" in text["Body"] and temper.pays:
            token = text["Body"].rsplit("/pay/", 1)[1].split()[0]
            self._plan(self._chance.uniform(0.2, 4.0), lambda: self._pays(token, str(temper.pays)))

    def _answers(self, text: Row, temper: Temper) -> None:
        after = float(WINDOW_SECONDS) if temper.after is LATE else 0.0
        for words in temper.says:
            after += self._chance.uniform(*temper.after)
            form = {"from": text["To"], "to": text["From"], "body": words}
            self._plan(after, lambda form=form: self._expect(200, "SANDBOX_URL", "/sandbox/inbound", form))

    def _pays(self, token: str, how: str) -> None:
        (payment,) = self._live.rows(INTENT, token)
        path = f"/sandbox/payment_intents/{payment['id']}/{how}"
        # 409 means that the hold has ended and the payment is cancelled, as the payment page also states.
        self._expect((200, 409), "SANDBOX_URL", path)

    def _cancel(self, appointment: LiveAppointment) -> None:
        if self.cancelled - self._over >= MOST_OPEN:
            raise NotNow("too many slots are open")
        if isinstance(appointment, CancelledThere):
            self._expect(200, "SANDBOX_URL", appointment.path)
        else:
            self._cancel_here(appointment)
        with self._lock:
            self.cancelled += 1

    def _cancel_here(self, appointment: LiveAppointment) -> None:
        secret = {"x-internal-secret": self._live.settings["INTERNAL_SECRET"]}
        self._expect(202, "WEB_URL", f"/api/appointments/{appointment.id}/cancel", **secret)

    def _expect(self, wanted: int | tuple[int, ...], base: str, path: str, body: Any = None, **headers: str) -> None:
        data = json.dumps(body or {}).encode()
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(self._live.settings[base] + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                status = answer.status
        except urllib.error.HTTPError as refused:
            refused.close()
            status = refused.code
        if status not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            raise NotNow(f"{path} answered {status}")
