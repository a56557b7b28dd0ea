"""Random histories of one shop. Each possible event is named by a sentence.

A history is a list of these sentences. If an invariant is violated, the history is printed, and `tell(world, seed,
story)` repeats it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from stripe import StripeError

from db.money import refunds
from db.money.refunds import RefundRefusedError, RefundRequest
from db.recoveries import offer_answers
from db.recoveries.offer_answers import OfferAnswer
from db.tasks import pending_tasks
from tests import builders
from tests.builders import Built
from tests.faults.booking_system import SENTENCES, BookingSystem
from tests.faults.crashes import cut_short
from tests.world import RECONCILING, World
from worker.task_run import BODIES, TaskRun

LAST_STEP = 40
"""The last step at which a worker is killed; the longest task has fewer steps."""


MOSTLY = 0.5
"""The probability that all due work is completed before the next event."""


CONSENTS: tuple[dict[str, object], ...] = (
    *({}, {}, {}),
    {"sms_opt_in": False, "whatsapp_opt_in": True},
    {"sms_opt_in": False, "email": "ana@example.com", "email_opt_in": True},
)


@dataclass
class FaultHistory:
    """A shop with three customers who can be asked, and two paid appointments of a customer who cannot be asked."""

    world: World
    chance: random.Random
    shop: Built
    people: list[Built]
    appointments: list[Built]
    booking_system: BookingSystem
    later: list[Built] = field(default_factory=list)
    """Later appointments of the customers who can be asked."""
    trim: Built | None = None
    """A service that takes half as long as the appointments."""

    @classmethod
    def begin(cls, world: World, seed: int) -> FaultHistory:
        world.begin_anew()
        world.chance = chance = random.Random(seed)
        deposit, hours = chance.choice([2000, 2000, 0]), chance.choice([2, 30])
        shop = world.shop(
            deposit_cents=deposit,
            payment_attempts=chance.choice([1, 1, 3]),
            cooldown_hours=chance.choice([0, 24]),
            pace=chance.choice(["fixed", "adaptive"]),
            offer_by_whatsapp=True,
            offer_by_email=True,
            **(also := random.Random(f"more {seed}")).choice([{}, {"move_up": True}, {"move_up": True}]),
            sell_rest=also.random() < 0.4,
            waitlist=also.choice(["first", "first", "only", "off"]),
        )
        with world.session() as session:
            trim = builders.insert(session, "services", shop_id=shop.id, name="Trim", duration_minutes=30)
        zoe = world.customer(shop, "Zoe", sms_opt_in=False)
        by = random.Random(f"channels {seed}")
        people = [world.customer(shop, name, **by.choice(CONSENTS)) for name in ("Ana", "Ben", "Cleo")]
        theirs = BookingSystem.connect(world, shop, people, random.Random(f"booking system {seed}"))
        appointments = [world.booked(zoe, hours=hours + later, deposit=deposit) for later in (0, 1)]
        later = cls._later(world, also, people, trim, hours=hours, deposit=deposit)
        story = cls(world, chance, shop, people, appointments, theirs, later, trim)
        world.cancel(appointments[0].id)
        return story

    @staticmethod
    def _later(
        world: World, chance: random.Random, people: list[Built], trim: Built, *, hours: int, deposit: int
    ) -> list[Built]:
        """Gives some customers a later appointment, paid or unpaid, and adds some of them to the waiting list."""
        booked = []
        for number, person in enumerate(people):
            unpaid = {"payment_required": True, "deposit_cents": 2000}
            paid: dict[str, object] = chance.choice(
                [{"deposit": deposit}, {"deposit": 2000}, {"deposit": 0, **unpaid}]
            )
            if chance.random() < 0.6:
                booked.append(world.booked(person, hours=hours + 24 + 3 * number, **paid))
            if chance.random() < 0.4:
                join(world, person, chance.choice([None, trim.id]), days=chance.choice([None, None, "{1,2,3}"]))
        return booked

    def texts(self, found: Sequence[UUID], words: str) -> None:
        """One of these customers texts the shop, by WhatsApp if the customer agreed to WhatsApp messages.

        Does nothing without customers.
        """
        if found:
            id = self.chance.choice(found)
            writer = next(one for one in self.people if one.id == id)
            (self.world.writes if writer.whatsapp_opt_in else self.world.says)(writer, self.shop, words)

    def presses(self, answer: OfferAnswer) -> None:
        """The customer of a live offer presses a button on the offer's page. Does nothing without a live offer."""
        live = "SELECT id FROM slot_offers WHERE shop_id = :shop AND status IN ('pending', 'sent')"
        for id in self.ids(live)[:1]:
            with self.world.session() as session:
                offer_answers.request(session, answer, offer_id=id, shop_id=self.shop.id)

    def asked(self) -> list[UUID]:
        return self.ids("SELECT customer_id FROM slot_offers WHERE shop_id = :shop AND status IN ('pending', 'sent')")

    def asked_before(self) -> list[UUID]:
        return self.ids("SELECT customer_id FROM slot_offers WHERE shop_id = :shop")

    def waiting(self) -> list[UUID]:
        return self.ids("SELECT customer_id FROM waitlist_entries WHERE shop_id = :shop AND status = 'active'")

    def intents(self, where: str) -> list[str]:
        return self.ids(
            f"""SELECT p.stripe_payment_intent_id FROM payments p JOIN appointments a ON a.id = p.appointment_id
                 WHERE p.shop_id = :shop AND a.source_slot_opening_id IS NOT NULL
                   AND p.stripe_payment_intent_id IS NOT NULL AND {where}"""
        )

    def card(self, what: str, where: str = "a.status = 'pending_payment'") -> None:
        if found := self.intents(where):
            self.world.at_stripe(self.chance.choice(found), what)

    def staff(self, action: str) -> None:
        for id in self.ids("SELECT id FROM slot_openings WHERE shop_id = :shop")[:1]:
            self.world.later("step_in", id, action, "Mia", shop_id=self.shop.id)

    def choose(self, action: str) -> None:
        """Staff skip or pick a random customer for a random slot."""
        if slots := self.ids("SELECT id FROM slot_openings WHERE shop_id = :shop"):
            slot, person = self.chance.choice(slots), self.chance.choice(self.people)
            self.world.later("choose_customer", slot, action, person.id, "Mia", shop_id=self.shop.id)

    def refunds(self, *, at_stripe: bool = False) -> None:
        """Staff refund all or a part of a random deposit, in this system or in Stripe's dashboard."""
        paid = f"{HAS_INTENT} AND p.status = 'succeeded' AND p.amount_cents > p.refunded_cents"
        if found := self.ids(f"SELECT p.id FROM payments p WHERE {paid}"):
            (payment,) = self.world.rows("SELECT * FROM payments WHERE id = :id", id=self.chance.choice(found))
            left = payment.amount_cents - payment.refunded_cents
            self._refund(payment, self.chance.choice([left, min(left, 500)]), at_stripe=at_stripe)

    def _refund(self, payment: Built, amount: int, *, at_stripe: bool) -> None:
        if at_stripe:
            # The ledger also contains this request, and each refund in the ledger has its own purpose.
            purpose = {"metadata": {"purpose": f"by hand {uuid4()}"}}
            with suppress(StripeError):
                params = {"payment_intent": payment.stripe_payment_intent_id, "amount": amount} | purpose
                self.world.dependencies.stripe._v1.refunds.create(params=params)
            return
        wanted = RefundRequest(uuid4(), self.shop.id, payment.id, amount, "Goodwill", "Mia")
        with suppress(RefundRefusedError), self.world.session() as session:
            refunds.request(session, wanted)
            pending_tasks.add(session, "send_refund", wanted.id, shop_id=self.shop.id)

    def check_refunds(self) -> None:
        """Compares the refunds of each payment with the refunds at Stripe."""
        for payment in self.world.rows(f"SELECT * FROM payments p WHERE {HAS_INTENT}", shop=self.shop.id):
            params = {"payment_intent": payment.stripe_payment_intent_id}
            made = self.world.dependencies.stripe._v1.refunds.list(params=params).data
            total = sum(one.amount for one in made if one.status not in {"failed", "canceled"})
            in_full = 0 < total == payment.amount_cents
            assert payment.refunded_cents == total, f"the refunds of payment {payment.id} differ from Stripe's"
            assert (payment.status == "refunded") == in_full, f"payment {payment.id} is {payment.status}"

    def erases(self) -> None:
        self.world.later("forget_customer", self.chance.choice(self.people).id, "Mia", shop_id=self.shop.id)

    def merges(self) -> None:
        """Staff merge two random customers."""
        kept, duplicate = self.chance.sample(self.people, 2)
        self.world.later("merge_customers", kept.id, duplicate.id, "Mia", shop_id=self.shop.id)

    def joins(self) -> None:
        service = self.chance.choice([None, self.trim and self.trim.id])
        join(self.world, self.chance.choice(self.people), service)

    def may_happen(self) -> list[str]:
        """Returns the sentences that currently apply. Each sentence is repeated according to its weight."""
        there = {name for name, found in self.world.rows(THERE, shop=self.shop.id)[0]._mapping.items() if found}
        there |= {ALWAYS} | ({WEBHOOKS} if self.world.outside.carried_now() else set())
        return [
            sentence
            for needs, likely in LIKELY.items()
            if needs in there
            for sentence, weight in likely.items()
            for _ in range(weight)
        ]

    def ids(self, statement: str) -> list:
        return sorted(row[0] for row in self.world.rows(statement, shop=self.shop.id))


def join(world: World, person: Built, service_id: UUID | None, *, days: str | None = None) -> None:
    """Adds an entry to the waiting list."""
    world.rows(
        """INSERT INTO waitlist_entries (shop_id, customer_id, service_id, weekdays)
           VALUES (:shop, :id, :service, CAST(:days AS smallint[]))""",
        shop=person.shop_id,
        id=person.id,
        service=service_id,
        days=days,
    )


HAS_INTENT = "p.shop_id = :shop AND p.stripe_payment_intent_id LIKE 'pi%' AND p.create_claimed_at IS NOT NULL"
"""Selects the payments `p` that were requested at Stripe."""

THERE = """
SELECT EXISTS (SELECT 1 FROM pending_tasks WHERE settled_at IS NULL) AS tasks,
       EXISTS (SELECT 1 FROM slot_offers WHERE shop_id = :shop AND status IN ('pending', 'sent')) AS asked,
       EXISTS (SELECT 1 FROM slot_offers WHERE shop_id = :shop) AS once_asked,
       EXISTS (SELECT 1 FROM appointments WHERE shop_id = :shop AND status = 'pending_payment') AS held,
       EXISTS (SELECT 1 FROM payments p JOIN appointments a ON a.id = p.appointment_id
                WHERE p.shop_id = :shop AND a.source_slot_opening_id IS NOT NULL) AS intents,
       EXISTS (SELECT 1 FROM slot_openings WHERE shop_id = :shop) AS slots
"""

# The amounts in the text of an offer and in the text with the payment link. A move-up states no amount.
STATED = """
SELECT substring(offer.body FROM '[£€][0-9.]*[0-9]') AS offered,
       substring(acceptance.body FROM '[£€][0-9.]*[0-9]') AS requested
  FROM slot_offers o
  JOIN messages offer ON offer.slot_offer_id = o.id AND offer.purpose = 'offer'
  JOIN appointments a ON a.source_slot_opening_id = o.slot_opening_id AND a.customer_id = o.customer_id
  JOIN messages acceptance ON acceptance.appointment_id = a.id AND acceptance.purpose = 'acceptance'
 WHERE o.shop_id = :shop AND o.move_from_appointment_id IS NULL
"""

Event = Callable[[FaultHistory], object]
HAPPENINGS: dict[str, Event] = {}
LIKELY: dict[str, dict[str, int]] = {}
"""The weight of each sentence, keyed by the rows that the sentence requires."""

ALWAYS, TASKS, WEBHOOKS, ASKED, ONCE_ASKED, HELD, INTENTS, SLOTS = (
    *("always", "tasks", "webhooks", "asked", "once_asked", "held", "intents", "slots"),
)


def can(sentence: str, weight: int, event: Event, *, needs: str = ALWAYS) -> None:
    HAPPENINGS[sentence] = event
    LIKELY.setdefault(needs, {})[sentence] = weight


def _give_up_later(story: FaultHistory) -> None:
    if story.later:
        story.world.cancel(story.chance.choice(story.later).id)


def _killed(story: FaultHistory) -> None:
    if tasks := story.world.claimable():
        with cut_short(story.world, after=story.chance.randrange(LAST_STEP)):
            story.world.run(story.chance.choice(tasks))


def _one_task(story: FaultHistory) -> None:
    if tasks := story.world.claimable():
        story.world.run(story.chance.choice(tasks))


def _at_once(story: FaultHistory) -> None:
    """Runs all claimable tasks at the same time, in threads."""
    threads = [threading.Thread(target=story.world.run, args=[task]) for task in story.world.claimable()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _webhook(story: FaultHistory, copies: int) -> None:
    if webhooks := story.world.outside.carried_now():
        webhook = story.chance.choice(webhooks)
        for _ in range(copies):
            story.world.outside.carry(webhook)
        if not copies:
            story.world.outside.lose(webhook)


def _deposit_changes(story: FaultHistory) -> None:
    """The shop changes its deposit and the deposits of the cancelled appointments, and perhaps its currency."""
    deposit, currency = story.chance.choice([0, 1500, 2500]), story.chance.choice(["GBP", "GBP", "EUR"])
    changed = "UPDATE shops SET deposit_cents = :deposit, currency = :currency WHERE id = :id"
    story.world.rows(changed, deposit=deposit, currency=currency, id=story.shop.id)
    for appointment in story.appointments:
        changed = "UPDATE appointments SET deposit_cents = :deposit WHERE id = :id AND status = 'cancelled'"
        story.world.rows(changed, deposit=deposit, id=appointment.id)


def _cancel_recovered(story: FaultHistory) -> None:
    statement = """SELECT id FROM appointments WHERE shop_id = :shop AND source_slot_opening_id IS NOT NULL
                      AND status IN ('booked', 'pending_payment')"""
    for id in story.ids(statement)[:1]:
        story.world.cancel(id)


can("all due work is done", 8, lambda s: s.world.work(), needs=TASKS)
can("one task runs", 4, _one_task, needs=TASKS)
can("all claimable tasks run at the same time", 4, _at_once, needs=TASKS)
can("a worker is killed", 6, _killed, needs=TASKS)

can("the asked customer says YES", 30, lambda s: s.texts(s.asked(), "YES"), needs=ASKED)
can("the asked customer presses yes", 4, lambda s: s.presses(OfferAnswer.YES), needs=ASKED)
can("the asked customer presses no", 1, lambda s: s.presses(OfferAnswer.NO), needs=ASKED)
can("the asked customer says no thanks", 4, lambda s: s.texts(s.asked(), "no thanks"), needs=ASKED)
can("the asked customer says STOP", 2, lambda s: s.texts(s.asked(), "STOP"), needs=ASKED)
can("the asked customer says what time?", 1, lambda s: s.texts(s.asked(), "what time?"), needs=ASKED)
can("a customer asked earlier says YES", 5, lambda s: s.texts(s.asked_before(), "yes please"), needs=ONCE_ASKED)
can("a customer asked earlier says NO", 2, lambda s: s.texts(s.asked_before(), "NO"), needs=ONCE_ASKED)
can("a customer asked earlier says STOP", 1, lambda s: s.texts(s.asked_before(), "stop it"), needs=ONCE_ASKED)
can("a customer asked earlier says START", 1, lambda s: s.texts(s.asked_before(), "START"), needs=ONCE_ASKED)

can("the customer with the hold pays", 20, lambda s: s.card("succeed"), needs=HELD)
can("the card of the customer with the hold is declined", 10, lambda s: s.card("fail"), needs=HELD)
can("the payment of the customer with the hold is processing", 3, lambda s: s.card("processing"), needs=HELD)
can("a customer with any hold pays", 4, lambda s: s.card("succeed", "true"), needs=INTENTS)
can("a cardholder disputes a payment", 1, lambda s: s.card("dispute", "p.status = 'succeeded'"), needs=INTENTS)
can("the bank decides for the shop", 1, lambda s: s.card("dispute/won", "p.status = 'disputed'"), needs=INTENTS)
can(
    "the bank decides for the cardholder", 1, lambda s: s.card("dispute/lost", "p.status = 'disputed'"), needs=INTENTS
)

can("five minutes pass", 3, lambda s: s.world.clock.pass_(timedelta(minutes=5)))
can("a quarter of an hour passes", 5, lambda s: s.world.clock.pass_(timedelta(minutes=16)))
can("hours pass", 1, lambda s: s.world.clock.pass_(timedelta(hours=3)))

can("the appointment is cancelled again", 1, lambda s: s.world.cancel(s.appointments[0].id))
can("another appointment is cancelled", 2, lambda s: s.world.cancel(s.appointments[1].id))
can("a later appointment is cancelled", 1, _give_up_later)
can("the customer who got the slot cancels", 5, _cancel_recovered, needs=INTENTS)
can("the shop changes its deposit", 6, _deposit_changes, needs=ASKED)
can("staff ask for the next customer", 1, lambda s: s.staff("ask_next"), needs=SLOTS)
can("staff stop the search", 1, lambda s: s.staff("stop"), needs=SLOTS)
can("staff mark the slot as sold", 1, lambda s: s.staff("sold_by_hand"), needs=SLOTS)
can("staff refund a deposit", 2, lambda s: s.refunds(), needs=INTENTS)
can("the shop refunds a deposit at Stripe", 2, lambda s: s.refunds(at_stripe=True), needs=INTENTS)
can("staff erase a customer", 1, lambda s: s.erases(), needs=ONCE_ASKED)
can("staff merge two customers", 1, lambda s: s.merges(), needs=ONCE_ASKED)
can("a customer joins the waiting list", 1, lambda s: s.joins())
can("a customer leaves the waiting list", 1, lambda s: s.texts(s.waiting(), "LEAVE"))
can("staff skip a customer", 1, lambda s: s.choose("skip"), needs=SLOTS)
can("staff no longer skip a customer", 1, lambda s: s.choose("unskip"), needs=SLOTS)
can("staff pick a customer", 2, lambda s: s.choose("pick"), needs=SLOTS)
can("staff restart the search", 2, lambda s: s.staff("start_again"), needs=SLOTS)
can("staff book the time by hand", 1, lambda s: s.world.book_by_hand(s.shop, s.appointments[0]))

for sentence, (weight, event) in SENTENCES.items():
    can(sentence, weight, lambda s, event=event: event(s.booking_system))

can("a webhook arrives", 4, lambda s: _webhook(s, 1), needs=WEBHOOKS)
can("a webhook arrives twice", 4, lambda s: _webhook(s, 2), needs=WEBHOOKS)
can("a webhook is lost", 6, lambda s: _webhook(s, 0), needs=WEBHOOKS)
can("Redis is emptied", 1, lambda s: s.world.redis.flushdb())
for name in ("tick", "expire_offers", *RECONCILING):
    can(f"beat runs {name}", 1, lambda s, name=name: BODIES[name](TaskRun(None, s.world.dependencies)))

for where, fault in (
    *(("twilio messages.create", fault) for fault in ("timeout_after", "timeout_before", "server_error")),
    *(("twilio messages.create", fault) for fault in ("server_error_after", "rate_limited", "undelivered")),
    *(("twilio messages.create", fault) for fault in ("opted_out", "invalid_number", "failed")),
    *(("resend emails.send", fault) for fault in ("server_error", "timeout_after", "rate_limited")),
    *(("twilio messages.list", fault) for fault in ("server_error", "timeout_before")),
    *(("stripe payment_intents.create", fault) for fault in ("timeout_after", "timeout_before", "server_error")),
    *(("stripe payment_intents.create", fault) for fault in ("server_error_after", "rate_limited")),
    *(("stripe payment_intents.cancel", fault) for fault in ("already_succeeded", "timeout_after", "server_error")),
    *(("stripe payment_intents.retrieve", fault) for fault in ("server_error", "timeout_before")),
    *(("stripe refunds.create", fault) for fault in ("server_error_after", "timeout_after", "refund_failed")),
    ("stripe payment_intents.succeeded", "dispute"),
    *(("* webhook", fault) for fault in ("dropped", "duplicate", "reordered", "delayed", "wrong_signature")),
):
    can(f"next at {where}: {fault}", 1, lambda s, where=where, fault=fault: s.world.outside.fault(where, fault))


def tell(world: World, seed: int, sentences: str) -> None:
    """Repeats a printed history."""
    lines = iter(sentences.strip().splitlines())
    play(world, seed, lambda _: next(lines, "").strip() or None)


def play(world: World, seed: int, choose: Callable[[list[str]], str | None]) -> None:
    """Applies the events that `choose` selects, until it returns None.

    Then runs the sweeps until no work is left, and checks every invariant.
    """
    story, actions = FaultHistory.begin(world, seed), []
    try:
        while (sentence := choose(story.may_happen())) is not None:
            actions.append(sentence)
            HAPPENINGS[sentence](story)
            if story.chance.random() < MOSTLY:
                world.work()
        world.outside.clear_faults()
        world.banks_decide("succeed", "fail")
        for _ in range(2):
            world.settle()
            story.booking_system.receives_all()
        broken = world.broken_promises()
        assert not broken, "\n".join(f"{b.name} {b.sentence} {b.subject}: {b.detail}" for b in broken)
        story.booking_system.check()
        story.check_refunds()
        differing = [row for row in world.rows(STATED, shop=story.shop.id) if row.offered != row.requested]
        assert not differing, "the text after the YES states another deposit than the offer"
    except Exception as error:
        error.add_note(_as_told(seed, actions))
        raise


def _as_told(seed: int, sentences: Sequence[str]) -> str:
    lines = "\n".join(f"        {sentence}" for sentence in sentences)
    return f'Replay it with\n    tell(world, {seed}, """\n{lines}\n    """)'
