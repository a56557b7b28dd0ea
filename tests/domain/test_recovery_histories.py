"""Random histories with a simulated Stripe. Customers, cards, carriers, staff and the clock act in any order.

Checks the rules that apply at every step, and the rules that apply when no work is left.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain import events as ev
from domain.effects import AskNext, CancelPayment, CreatePayment, Effect, OpenRemainingTime, RefundPayment, SendText
from domain.policy import Policy
from domain.recovery import TRANSITIONS, Decision, Stage
from domain.state import Amount, BookingStatus, OfferStatus, PaymentStatus
from domain.templates import TextKind
from tests.domain.simulated import SimulatedRecovery, an_open_slot, id_of
from tests.effort import examples

HALF = timedelta(minutes=30)
NAMES = ("Ana", "Ben", "Cara", "Dan", "Eve")


class Intent(Enum):
    """The state of a deposit at Stripe."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass
class World:
    """The recovery, Stripe and the pending effects. Effects are delayed, and events are repeated."""

    slot: SimulatedRecovery
    intents: dict[UUID, Intent] = field(default_factory=dict)
    owed: list[Effect] = field(default_factory=list)
    uninformed: list[ev.Event] = field(default_factory=list)
    informed: list[ev.Event] = field(default_factory=list)
    refunds: Counter[UUID] = field(default_factory=Counter)
    edges: set[tuple[Stage, Stage, str]] = field(default_factory=set)

    def happens(self, event: ev.Event) -> None:
        stage, live = self.slot.stage, self._booked()
        stated = {offer.id: offer.deposit for offer in self.slot.offers.values() if offer.deposit}
        decision = self.slot.happens(event)
        kept = {id: self.slot.offers[id].deposit for id in stated}
        assert kept == stated or isinstance(event, ev.PaymentRefused)
        self.owed += decision.effects
        self.informed.append(event)
        self._check(event, stage, decision, live)

    def _booked(self) -> set[UUID]:
        return {b.id for b in self.slot.bookings.values() if b.live}

    def _check(self, event: ev.Event, stage: Stage, decision: Decision, live_before: set[UUID]) -> None:
        transition = next((a for a in TRANSITIONS if stage in a.stages and isinstance(event, a.event)), None)
        assert self.slot.stage in {stage, *(transition.to if transition else ())}
        if transition:
            self.edges.add((stage, self.slot.stage, transition.rule.__name__))
        assert sum(o.live for o in self.slot.offers.values()) <= 1, "one live offer at a time"
        assert len(self._booked()) <= 1, "one live booking at a time"
        assert not (self._booked() and any(o.live for o in self.slot.offers.values()))
        for booking_id in live_before - self._booked():
            payment = next(p for p, b in self.slot.paid_by.items() if b == booking_id)
            refused = isinstance(event, ev.PaymentRefused) and payment not in self.intents
            assert event == ev.PaymentCancelled(payment) or refused
            assert self.intents.get(payment) in {None, Intent.CANCELLED}, "cancel first, release after"
        if AskNext() in decision.effects:
            assert self.slot.stage is Stage.LOOKING
        assert decision.reason.endswith(".")

    # Actions of the outside world. Each action takes a number for its random choices, and may have no effect.

    def time_passes(self, n: int) -> None:
        self.slot.later(minutes=(1, 5, 14, 15, 16, 60, 600)[n % 7])

    def search(self, n: int) -> None:
        """Chooses a late YES first and then customers who have not been asked, as the real search does."""
        if self.slot.stage is not Stage.LOOKING:
            return
        if self.slot.first_late_yes():
            go = f"late {len(self.slot.bookings)}"
            self.happens(ev.WaitingCustomerChosen(id_of(f"booking {go}"), id_of(f"payment {go}")))
        if self.slot.stage is not Stage.LOOKING:
            return
        unasked = [name for name in NAMES if id_of(f"offer {name}") not in self.slot.offers]
        if unasked and n % 5:
            length = HALF if n % 3 == 0 else None
            self.happens(ev.CustomerChosen(id_of(f"offer {unasked[0]}"), id_of(unasked[0]), length=length))
        elif unasked and n % 10:
            self.happens(ev.NobodyAskableYet(self.slot.now + timedelta(hours=1), "They have quiet hours now."))
        else:
            # A search may also end before all customers have been asked, if no remaining customer is eligible.
            self.happens(ev.NobodyLeft("No customer is left to ask."))

    def carrier(self, n: int) -> None:
        for name in self._asked(n):
            offer_id = id_of(f"offer {name}")
            self.happens(
                (
                    ev.OfferSent(offer_id),
                    ev.OfferSent(offer_id),
                    ev.OfferDelayed(offer_id, self.slot.now + timedelta(minutes=2)),
                    ev.OfferUndeliverable(offer_id, "The number does not exist."),
                )[n % 4]
            )

    def reply(self, n: int) -> None:
        for name in self._asked(n):
            if n % 7 == 0:
                self.happens(ev.OfferDeclined(id_of(f"offer {name}")))
            elif n % 7 == 1:
                self.happens(ev.CustomerOptedOut(id_of(f"offer {name}")))
            else:
                go = f"{name} {len(self.slot.bookings)}"
                offer_id = id_of(f"offer {name}")
                self.happens(ev.OfferAccepted(offer_id, id_of(f"booking {go}"), id_of(f"payment {go}")))

    def _asked(self, n: int) -> list[str]:
        asked = [name for name in NAMES if id_of(f"offer {name}") in self.slot.offers]
        return [asked[-1 - (n // 7) % len(asked)]] if asked else []

    def clock_ticks(self, n: int) -> None:
        for offer in list(self.slot.offers.values()):
            if offer.live:
                self.happens(ev.OfferDeadlinePassed(offer.id))
        for payment in list(self.slot.payments.values()):
            self.happens(ev.HoldDeadlinePassed(payment.id))

    def hands(self, n: int) -> None:
        """Carries out one of the pending effects, which is not always the oldest."""
        if self.owed:
            effect = self.owed.pop(n % len(self.owed))
            HANDS.get(type(effect), lambda world, effect: None)(self, effect)

    def customer_pays(self, n: int) -> None:
        open_ones = [p for p, state in self.intents.items() if state is Intent.OPEN]
        if open_ones:
            payment_id = open_ones[n % len(open_ones)]
            self.intents[payment_id] = Intent.PAID
            self.uninformed.append(self._paid(payment_id))

    def card_is_declined(self, n: int) -> None:
        open_ones = [p for p, state in self.intents.items() if state is Intent.OPEN]
        if open_ones:
            self.uninformed.append(ev.PaymentDeclined(open_ones[n % len(open_ones)], "The card was declined."))

    def webhook(self, n: int) -> None:
        if self.uninformed:
            self.happens(self.uninformed.pop(n % len(self.uninformed)))

    def told_twice(self, n: int) -> None:
        money = [e for e in self.informed if isinstance(e, ev.PaymentSucceeded | ev.PaymentCancelled | ev.OfferSent)]
        if money:
            self.happens(money[n % len(money)])

    def staff(self, n: int) -> None:
        self.happens((ev.NextAskedByHand(), ev.SearchStopped(), ev.SoldByHand(), ev.StartedAgain())[n % 4])

    def booking_is_cancelled(self, n: int) -> None:
        for booking in list(self.slot.bookings.values()):
            if booking.status is BookingStatus.BOOKED:
                self.slot.bookings[booking.id] = replace(booking, status=BookingStatus.CANCELLED)
        self.happens(ev.AppointmentCancelled())

    def sold_by_hand_without_a_word(self, n: int) -> None:
        """Adds or removes another appointment at this time."""
        self.slot.slot = replace(self.slot.slot, taken=n % 3 == 0 and not self._booked())

    def shop_changes_deposit(self, n: int) -> None:
        self.slot.slot = replace(self.slot.slot, deposit_cents=(0, 1500, 2500)[n % 3], currency=("GBP", "EUR")[n % 2])

    def _paid(self, payment_id: UUID) -> ev.Event:
        payment = self.slot.payments[payment_id]
        return ev.PaymentSucceeded(payment_id, payment.amount_cents, payment.currency)

    def wait_until_idle(self) -> None:
        """Carries out all effects and lets time pass until none is pending."""
        for _ in range(200):
            while self.owed or self.uninformed:
                self.hands(0)
                self.webhook(0)
            if self.slot.stage in {Stage.RECOVERED, Stage.CLOSED}:
                return
            self.slot.later(minutes=30)
            self.clock_ticks(0)
            self.search(1)
        raise AssertionError(f"never came to rest: {self.slot.stage}, {self.slot.reason}")


SHARE_REFUSED = 0.1
"""The payment's id determines whether Stripe refuses it, so that a refused payment stays refused."""


def _create(world: World, effect: CreatePayment) -> None:
    if effect.payment_id not in world.intents and Random(effect.payment_id.int).random() < SHARE_REFUSED:
        world.happens(ev.PaymentRefused(effect.payment_id, "The deposit is too small."))
        return
    # The same idempotency key returns the same intent.
    world.intents.setdefault(effect.payment_id, Intent.OPEN)
    world.happens(ev.PaymentIntentCreated(effect.payment_id))


def _cancel(world: World, effect: CancelPayment) -> None:
    if world.intents.get(effect.payment_id) is Intent.PAID:
        world.happens(world._paid(effect.payment_id))
        return
    # An intent that does not exist yet cannot be cancelled at Stripe and may be created later.
    if effect.payment_id in world.intents:
        world.intents[effect.payment_id] = Intent.CANCELLED
    world.happens(ev.PaymentCancelled(effect.payment_id))


def _refund(world: World, effect: RefundPayment) -> None:
    world.refunds[effect.payment_id] += 1


HANDS: dict[type[Effect], Callable[..., None]] = {
    CreatePayment: _create,
    CancelPayment: _cancel,
    RefundPayment: _refund,
    AskNext: lambda world, effect: world.search(1),
}
DEEDS: tuple[Callable[[World, int], None], ...] = (
    World.hands,
    World.hands,
    World.hands,
    World.search,
    World.carrier,
    World.reply,
    World.reply,
    World.time_passes,
    World.clock_ticks,
    World.customer_pays,
    World.customer_pays,
    World.card_is_declined,
    World.webhook,
    World.webhook,
    World.told_twice,
    World.staff,
    World.booking_is_cancelled,
    World.sold_by_hand_without_a_word,
    World.shop_changes_deposit,
)
HISTORIES = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 40)), min_size=5, max_size=60)
LATE = {TextKind.TOO_LATE, TextKind.NEXT_IN_LINE}
DEPOSITS = st.sampled_from([2000, 2000, 0])
ATTEMPTS = st.integers(1, 2)


# The product always writes a hold together with its payment.
ONLY_WITH_ROWS_FROM_OUTSIDE = {"release_hold_on_decline", "release_hold_on_opt_out"} | {
    # tests/faults/test_calendars.py tests these rules with a real calendar.
    "proceed_after_write_back",
    "give_up_taken_time",
}


def a_world(deposit: int, attempts: int, hours: int = 6) -> World:
    """Returns a world with a shop that sells the remaining time of a slot. Some customers want half of the slot."""
    policy = Policy(payment_attempts=attempts, sell_rest=True)
    world = World(an_open_slot(starts_in=timedelta(hours=hours), deposit=deposit, policy=policy))
    world.slot.slot = replace(world.slot.slot, shortest_service=HALF)
    world.owed.append(AskNext())
    return world


@given(HISTORIES, DEPOSITS, ATTEMPTS)
@examples(20)
def test_every_deposit_that_arrives_ends_as_one_booking_or_one_refund(
    history: list[tuple[Callable[[World, int], None], int]], deposit: int, attempts: int
) -> None:
    world = a_world(deposit, attempts)
    for deed, n in history:
        deed(world, n)
    world.wait_until_idle()
    for payment_id, intent in world.intents.items():
        payment = world.slot.payments[payment_id]
        booking = world.slot.bookings[world.slot.paid_by[payment_id]]
        (offer,) = [one for one in world.slot.offers.values() if one.customer_id == booking.customer_id]
        assert Amount(payment.amount_cents, payment.currency) == offer.deposit
        if intent is not Intent.PAID:
            assert world.refunds[payment_id] == 0
            assert booking.status is not BookingStatus.BOOKED
        elif payment.status is PaymentStatus.REFUNDING:
            assert world.refunds[payment_id] == 1
            assert booking.status is BookingStatus.CANCELLED
        else:
            # The booking is valid, or the customer cancelled it later, in which case the shop keeps the deposit.
            assert payment.status is PaymentStatus.SUCCEEDED
            assert world.refunds[payment_id] == 0


@given(HISTORIES, DEPOSITS, ATTEMPTS)
@examples(20)
def test_every_recovery_ends_with_nothing_left_open(
    history: list[tuple[Callable[[World, int], None], int]], deposit: int, attempts: int
) -> None:
    world = a_world(deposit, attempts)
    for deed, n in history:
        deed(world, n)
    world.wait_until_idle()
    assert not any(offer.live for offer in world.slot.offers.values())
    assert not any(state is Intent.OPEN for state in world.intents.values())
    assert all(b.status is not BookingStatus.PENDING_PAYMENT for b in world.slot.bookings.values())


@given(HISTORIES, DEPOSITS, ATTEMPTS)
@examples(20)
def test_nobody_gets_a_text_twice_for_one_purpose_nor_after_they_left(
    history: list[tuple[Callable[[World, int], None], int]], deposit: int, attempts: int
) -> None:
    world = a_world(deposit, attempts)
    for deed, n in history:
        deed(world, n)
    world.wait_until_idle()
    texts = [e for e in world.slot.effects if isinstance(e, SendText)]
    # Each late YES leads to a new decision, but its purpose permits only one answer.
    times = Counter((e.kind, e.subject_id) for e in texts if e.kind not in LATE)
    assert all(count == 1 for count in times.values())
    asked = Counter(e.customer_id for e in texts if e.kind is TextKind.OFFER)
    assert all(count == 1 for count in asked.values()), "nobody is asked twice about one slot"
    confirmed = {e.appointment_id for e in texts if e.kind is TextKind.CONFIRMATION}
    sorry = {e.payment_id for e in texts if e.kind is TextKind.REFUND_APOLOGY}
    assert not {world.slot.paid_by[p] for p in sorry} & confirmed, "confirmed and given back exclude each other"
    undeliverable = {o.customer_id for o in world.slot.offers.values() if o.status is OfferStatus.FAILED}
    assert not undeliverable & {b.customer_id for b in world.slot.bookings.values() if b.live}


@given(HISTORIES, DEPOSITS, ATTEMPTS)
@examples(20)
def test_no_minute_of_the_slot_is_lost_or_sold_twice(
    history: list[tuple[Callable[[World, int], None], int]], deposit: int, attempts: int
) -> None:
    world = a_world(deposit, attempts)
    whole = world.slot.slot.ends_at
    for deed, n in history:
        deed(world, n)
    world.wait_until_idle()
    opened = [effect for effect in world.slot.effects if isinstance(effect, OpenRemainingTime)]
    # The remaining time begins at the end of the slot. A slot of half the length is not divided again.
    assert [(rest.starts_at, rest.ends_at) for rest in opened] == [(world.slot.slot.ends_at, whole)] * len(opened)
    assert len(opened) == (world.slot.slot.ends_at < whole)
    booked = [b.ends_at for b in world.slot.bookings.values() if b.status is BookingStatus.BOOKED]
    assert booked in ([], [world.slot.slot.ends_at])


WALKS = (
    # Before a customer is asked.
    (2000, 1, "staff 1"),
    (2000, 1, "staff 2"),
    (2000, 1, "search 0, staff 3"),
    (2000, 1, "search 0, booking_is_cancelled 0"),
    (2000, 1, "time_passes 5, hands 0"),
    (2000, 1, "time_passes 5, staff 0"),
    # While a customer is asked.
    (2000, 1, "hands 0, reply 0"),
    (2000, 1, "hands 0, reply 1"),
    (2000, 1, "hands 0, staff 0"),
    (2000, 1, "hands 0, staff 1"),
    (2000, 1, "hands 0, staff 2"),
    (2000, 1, "hands 0, time_passes 3, clock_ticks 0"),
    # While a customer is asked, shortly before the start.
    (2000, 1, "hands 0, time_passes 5, carrier 3"),
    (2000, 1, "hands 0, time_passes 5, reply 0"),
    (2000, 1, "hands 0, time_passes 5, reply 1"),
    (2000, 1, "hands 0, time_passes 5, reply 2"),
    (2000, 1, "hands 0, time_passes 5, clock_ticks 0"),
    (2000, 1, "hands 0, time_passes 5, staff 0"),
    # After a YES in time.
    (0, 1, "hands 0, reply 2, booking_is_cancelled 0"),
    (0, 1, "hands 0, reply 2, time_passes 5, booking_is_cancelled 0"),
    (2000, 1, "hands 0, reply 2, hands 1, customer_pays 0, webhook 0"),
    (2000, 1, "hands 0, reply 2, reply 0, time_passes 5, hands 2"),
    (2000, 1, "hands 0, reply 2, reply 0, hands 2, hands 1, customer_pays 0, hands 2"),
    (2000, 1, "hands 0, reply 2, reply 0, hands 2, search 0, hands 1, customer_pays 0, hands 3"),
    # After a late YES.
    (2000, 1, "hands 0, time_passes 3, reply 2, hands 2, hands 2"),
    (0, 1, "hands 0, carrier 3, reply 2, hands 1"),
    (2000, 6, "hands 0, carrier 3, search 5, reply 2"),
    (0, 6, "hands 0, carrier 3, search 5, reply 2"),
    (2000, 1, "hands 0, carrier 3, search 0, reply 2"),
    (0, 1, "hands 0, carrier 3, search 0, reply 2"),
)
"""Short histories that together cover every transition. A new transition needs a history here.

A history is the deposit, the hours until the start, and the actions with their numbers.
"""


def test_every_arrow_of_the_diagram_is_walked() -> None:
    """Every transition in the documented diagram can happen."""
    drawn = {
        (a, b, transition.rule.__name__)
        for transition in TRANSITIONS
        for a in transition.stages
        for b in transition.to
        if a is not b and transition.rule.__name__ not in ONLY_WITH_ROWS_FROM_OUTSIDE
    }
    walked: set[tuple[Stage, Stage, str]] = set()
    for deposit, hours, actions in WALKS:
        world = a_world(deposit, 1, hours)
        for name, number in map(str.split, actions.split(", ")):
            getattr(world, name)(int(number))
        walked |= world.edges
    assert drawn - walked == set()
