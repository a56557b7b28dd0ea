"""A recovery whose rows are in memory.

The rows are loaded as in `db/sql/recovery.sql` and saved as in `db/recoveries/recoveries.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from domain import events as ev
from domain.effects import Effect, SendText
from domain.policy import Policy
from domain.recovery import Decision, Stage, decide, stage_of
from domain.state import Attempt, Booking, BookingStatus, Deposit, Offer, OfferStatus, Recovery, Slot, SlotStatus
from domain.templates import TextKind

NINE = datetime(2030, 5, 6, 9, tzinfo=UTC)
"""The start of every simulated recovery. By default, the appointment is a day later."""

OVER = {OfferStatus.EXPIRED, OfferStatus.DECLINED, OfferStatus.FAILED}


def id_of(name: str) -> UUID:
    """Returns the id of a row; the same name always gives the same id."""
    return uuid5(NAMESPACE_URL, name)


@dataclass
class SimulatedRecovery:
    """A recovery that identifies customers by name.

    `last` is the latest decision, and `effects` contains all effects so far.
    """

    slot: Slot
    policy: Policy = field(default_factory=Policy)
    now: datetime = NINE
    offers: dict[UUID, Offer] = field(default_factory=dict)
    bookings: dict[UUID, Booking] = field(default_factory=dict)
    payments: dict[UUID, Deposit] = field(default_factory=dict)
    paid_by: dict[UUID, UUID] = field(default_factory=dict)
    """The booking of each payment."""
    busy: set[UUID] = field(default_factory=set)
    effects: list[Effect] = field(default_factory=list)
    last: Decision | None = None

    def load(self, event: ev.Event) -> Recovery:
        """Loads the rows.

        The offer or payment of the event becomes the past attempt, unless it is the current one.
        """
        current = self._current()
        payment_id: UUID | None = getattr(event, "payment_id", None)
        offer_id: UUID | None = getattr(event, "offer_id", None)
        if isinstance(event, ev.WaitingCustomerChosen):
            waiting = self.first_late_yes()
            payment_id, offer_id = None, waiting.id if waiting else None
        return Recovery(slot=self.slot, current=current, past=self._past(current, offer_id, payment_id))

    def _current(self) -> Attempt:
        booking = next((b for b in self.bookings.values() if b.live), None)
        if booking:
            offer = self._offer_to(booking.customer_id)
            payment = next((self.payments[p] for p, b in self.paid_by.items() if b == booking.id), None)
            return Attempt(offer=offer, booking=booking, payment=payment)
        offer = next((o for o in self.offers.values() if o.live), None)
        return Attempt(offer=offer, busy=offer is not None and offer.customer_id in self.busy)

    def _past(self, current: Attempt, offer_id: UUID | None, payment_id: UUID | None) -> Attempt:
        payment = self.payments.get(payment_id) if payment_id else None
        if payment == current.payment:
            payment = None
        booking = self.bookings[self.paid_by[payment.id]] if payment else None
        offer = self.offers.get(offer_id) if offer_id else booking and self._offer_to(booking.customer_id)
        if offer == current.offer:
            offer = None
        busy = offer is not None and offer.customer_id in self.busy
        return Attempt(offer=offer, booking=booking, payment=payment, busy=busy)

    def _offer_to(self, customer_id: UUID) -> Offer | None:
        return next((o for o in self.offers.values() if o.customer_id == customer_id), None)

    def first_late_yes(self) -> Offer | None:
        """Returns the offer with the earliest late YES, preferably one from before the slot became free.

        The order is the same as in `db/recoveries/offers.py`.
        """
        freed_at = self.slot.freed_at
        waiting = [o for o in self._late() if o.late_yes_at and freed_at and o.late_yes_at < freed_at]
        return min(waiting or self._late(), key=lambda o: o.late_yes_at or NINE, default=None)

    def _late(self) -> list[Offer]:
        return [o for o in self.offers.values() if o.late_yes_at and o.status in {"expired", "declined", "failed"}]

    def happens(self, event: ev.Event) -> Decision:
        """Decides on the event and saves the result."""
        decision = decide(self.load(event), event, now=self.now, policy=self.policy)
        for attempt in (decision.recovery.current, decision.recovery.past):
            if attempt.offer:
                self.offers[attempt.offer.id] = attempt.offer
            if attempt.booking:
                self.bookings[attempt.booking.id] = attempt.booking
            if attempt.booking and attempt.payment:
                self.payments[attempt.payment.id] = attempt.payment
                self.paid_by[attempt.payment.id] = attempt.booking.id
        self.slot = decision.recovery.slot
        self.effects += decision.effects
        self.last = decision
        return decision

    @property
    def stage(self) -> Stage:
        return stage_of(Recovery(slot=self.slot, current=self._current()))

    @property
    def reason(self) -> str:
        assert self.last is not None
        return self.last.reason

    @property
    def wanted(self) -> tuple[type[Effect], ...]:
        """The types of the latest decision's effects, except texts and staff notifications."""
        assert self.last is not None
        return tuple(type(e) for e in self.last.effects if type(e).__name__ not in {"SendText", "NotifyStaff"})

    @property
    def texts(self) -> list[tuple[TextKind, UUID]]:
        """The texts of the latest decision and their recipients."""
        assert self.last is not None
        return [(e.kind, e.customer_id) for e in self.last.effects if isinstance(e, SendText)]

    def texted(self, kind: TextKind, name: str) -> bool:
        """Returns whether the latest decision sends this text to this customer."""
        return (kind, id_of(name)) in self.texts

    def offer(self, name: str) -> Offer:
        return self.offers[id_of(f"offer {name}")]

    def booking(self, name: str) -> Booking:
        return [b for b in self.bookings.values() if b.customer_id == id_of(name)][-1]

    def payment(self, name: str) -> Deposit:
        return next(self.payments[p] for p, b in self.paid_by.items() if b == self.booking(name).id)

    def later(self, **by: float) -> SimulatedRecovery:
        self.now += timedelta(**by)
        return self

    def ask(self, name: str) -> Decision:
        return self.happens(ev.CustomerChosen(id_of(f"offer {name}"), id_of(name)))

    def text_leaves(self, name: str) -> Decision:
        return self.happens(ev.OfferSent(id_of(f"offer {name}")))

    def offer_to(self, name: str) -> SimulatedRecovery:
        """Makes an offer whose text the carrier accepts."""
        self.ask(name)
        self.text_leaves(name)
        return self

    def run_out(self, name: str) -> Decision:
        """Applies the deadlines of this customer's offer."""
        return self.happens(ev.OfferDeadlinePassed(id_of(f"offer {name}")))

    def yes(self, name: str) -> Decision:
        go = f"{name} {len(self.bookings)}"
        return self.happens(ev.OfferAccepted(id_of(f"offer {name}"), id_of(f"booking {go}"), id_of(f"payment {go}")))

    def no(self, name: str) -> Decision:
        return self.happens(ev.OfferDeclined(id_of(f"offer {name}")))

    def take_up_late_yes(self) -> Decision:
        go = f"late {len(self.bookings)}"
        return self.happens(ev.WaitingCustomerChosen(id_of(f"booking {go}"), id_of(f"payment {go}")))

    def link_is_ready(self, name: str) -> Decision:
        return self.happens(ev.PaymentIntentCreated(self.payment(name).id))

    def held_by(self, name: str) -> SimulatedRecovery:
        """Makes an offer that the customer accepts in time. The payment link is sent."""
        self.offer_to(name)
        self.yes(name)
        self.link_is_ready(name)
        return self

    def pays(self, name: str, *, amount: int | None = None, currency: str | None = None) -> Decision:
        p = self.payment(name)
        due = p.amount_cents if amount is None else amount
        return self.happens(ev.PaymentSucceeded(p.id, due, currency or p.currency))

    def card_declined(self, name: str) -> Decision:
        return self.happens(ev.PaymentDeclined(self.payment(name).id, "The card was declined."))

    def look_at_hold(self, name: str) -> Decision:
        return self.happens(ev.HoldDeadlinePassed(self.payment(name).id))

    def payment_cancelled(self, name: str) -> Decision:
        """Applies Stripe's confirmation that the payment is cancelled."""
        return self.happens(ev.PaymentCancelled(self.payment(name).id))

    def recovered_by(self, name: str) -> SimulatedRecovery:
        self.held_by(name)
        self.pays(name)
        return self

    def cancels_booking(self, name: str) -> Decision:
        """Cancels the customer's booking."""
        booking = self.booking(name)
        self.bookings[booking.id] = replace(booking, status=BookingStatus.CANCELLED)
        return self.happens(ev.AppointmentCancelled())

    def sold_meanwhile(self) -> SimulatedRecovery:
        """Adds another customer's appointment at this time."""
        self.slot = replace(self.slot, taken=True)
        return self


def an_open_slot(
    *, starts_in: timedelta = timedelta(hours=24), deposit: int = 2000, policy: Policy | None = None
) -> SimulatedRecovery:
    """Returns an open slot for which no customer has been asked."""
    starts_at = NINE + starts_in
    slot = Slot(
        id=id_of("slot"),
        shop_id=id_of("shop"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        status=SlotStatus.OPEN,
        deposit_cents=deposit,
        freed_at=NINE,
    )
    return SimulatedRecovery(slot, policy or Policy())
