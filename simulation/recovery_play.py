"""Simulates one slot with the domain's own code: `decide`, eligibility, ranking, pace and quiet hours.

The search follows worker/offers/ask_next.py. The constants below are the durations of steps of providers and workers.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from domain import events as ev
from domain.effects import AskNext, CancelPayment, CreatePayment, Effect, ReplaceAppointment, SendText
from domain.eligibility import move_of
from domain.pace import OfferHistory, Pace
from domain.policy import Policy, asking_ends_at
from domain.recovery import decide
from domain.replacing import replace
from domain.state import (
    LIVE_OFFERS,
    Attempt,
    BookingStatus,
    ClosedAs,
    Move,
    Offer,
    OfferStatus,
    Recovery,
    Slot,
    SlotStatus,
)
from domain.templates import TextKind
from simulation.customer_line import CustomerLine
from simulation.plans import Plan
from simulation.row_ids import BOOKING_IDS, OFFER_IDS, PAYMENT_IDS, SHOP_ID, SLOT_ID, number_of
from simulation.simulated_clock import SimulatedClock
from simulation.simulated_customers import CustomerAnswer, Paying, Person, answer_of
from simulation.slot_result import SlotResult

STEP = timedelta(seconds=1)
"""The time until a worker runs a task, and the response time of a provider."""
REPORTED = timedelta(seconds=10)
"""The time until the carrier reports that a text can't be delivered."""
NOBODY = Attempt()
TELLING = frozenset({OfferStatus.ACCEPTED, OfferStatus.EXPIRED, OfferStatus.DECLINED})
"""The states of offers from which acceptance is computed."""
ENDED = frozenset(OfferStatus) - LIVE_OFFERS - {OfferStatus.ACCEPTED}


@lru_cache(maxsize=10_000)
def _with_history(policy: Policy, ended: int, accepted: int) -> Policy:
    return replace(policy, history=OfferHistory(ended, accepted))


class RecoveryPlay:
    """Simulates one slot from its cancellation until it is sold or starts."""

    step, reported = STEP, REPORTED

    def __init__(self, plan: Plan, policy: Policy, *, deposit_cents: int = 2000) -> None:
        self.plan, self.policy, self.shop = plan, policy, policy
        self.ended, self.accepted = policy.history.ended, policy.history.accepted
        self.clock = SimulatedClock(plan.cancelled_at)
        self.result = SlotResult(plan.cancelled_at, plan.starts_at)
        self.slot = Slot(
            id=SLOT_ID,
            shop_id=SHOP_ID,
            starts_at=plan.starts_at,
            ends_at=plan.starts_at + timedelta(hours=1),
            status=SlotStatus.OPEN,
            deposit_cents=deposit_cents,
            freed_at=plan.cancelled_at,
        )
        self.current = NOBODY
        self.people = plan.people
        self.line = CustomerLine(plan.people)
        self.offers: dict[int, Offer] = {}
        self.said_yes: set[int] = set()
        self.late: list[int] = []

    def play(self) -> SlotResult:
        """Runs the simulation until the slot is sold or starts."""
        self.clock.at(self.plan.cancelled_at + self.step, self.search)
        self.clock.run(until=self.plan.starts_at, over=lambda: self.result.sold_at is not None)
        self.result.turned_away = len(self.said_yes - {self.result.sold_to})
        return self.result

    # Events.

    def apply(self, event: ev.Event, past: int | None = None) -> None:
        """Calls `decide` and stores the result, as the database would.

        `past`: the customer whose offer the event is about.
        """
        before = Recovery(slot=self.slot, current=self.current, past=self._past(past))
        decision = decide(before, event, now=self.clock.now, policy=self.policy)
        after = decision.recovery
        self._keep(after.past.offer, before.past.offer)
        self._keep(after.current.offer, before.current.offer)
        self.slot = after.slot
        self.current = after.current if _stays(after.current) else NOBODY
        self._note_sale()
        for effect in decision.effects:
            self._carry_out(effect)

    def _keep(self, offer: Offer | None, same: Offer | None) -> None:
        """Stores a changed offer. As in the database, an ended offer is included in the acceptance rate."""
        if offer is None or offer is same:
            return
        number = number_of(offer.id)
        before = self.offers.get(number)
        self.offers[number] = offer
        for one, count in ((before, -1), (offer, 1)):
            if one is not None and one.status in TELLING:
                self.ended += count
                self.accepted += count * (one.status is OfferStatus.ACCEPTED or one.late_yes_at is not None)

    def _past(self, number: int | None) -> Attempt:
        offer = None if number is None else self.offers.get(number)
        return NOBODY if offer is None or offer is self.current.offer else Attempt(offer=offer)

    def _note_sale(self) -> None:
        booking = self.current.booking
        if booking is not None and booking.status is BookingStatus.BOOKED:
            self.result.sold_at, self.result.sold_to = self.clock.now, number_of(booking.id)

    def _carry_out(self, effect: Effect) -> None:
        soon = self.clock.now + self.step
        if isinstance(effect, AskNext):
            self.clock.at(soon, self.search)
        elif isinstance(effect, SendText):
            if effect.kind is TextKind.OFFER and effect.slot_offer_id is not None:
                self.clock.at(soon, self.send, number_of(effect.slot_offer_id))
        elif isinstance(effect, CreatePayment):
            self.clock.at(soon, self.link_ready, number_of(effect.payment_id))
        elif isinstance(effect, ReplaceAppointment):
            self.result.frees_at = self.people[number_of(effect.booking_id)].facts.later[0].starts_at
        elif isinstance(effect, CancelPayment):
            self.result.abandoned += 1
            self.clock.at(soon, self.payment_cancelled, number_of(effect.payment_id))

    # The search.

    def search(self, _: int = 0) -> None:
        """Asks the next customer, uses a late YES, waits or closes, as worker/offers/ask_next.py does."""
        if self.current is not NOBODY or self.slot.status is not SlotStatus.OPEN:
            return  # not Looking
        if self._take_up(self._waiting(self.slot.freed_at)):
            return
        ends = asking_ends_at(self.slot.starts_at, self.policy)
        if self.clock.now > ends:
            if not self._take_up(self._waiting(None)):
                self.apply(ev.NobodyLeft("The slot starts too soon to ask anybody.", ClosedAs.TOO_NEAR))
            return
        self._learn()
        person, retry_at = self.line.next(self.clock.now, self.policy, ends=ends)
        if person is not None:
            self.apply(ev.CustomerChosen(OFFER_IDS[person.number], person.id, self._move(person)))
        elif not self._take_up(self._waiting(None)):
            self._wait_or_close(retry_at)

    def _learn(self) -> None:
        """If the pace is adaptive, updates the acceptance rate from which the next window is computed."""
        if self.policy.pace is Pace.ADAPTIVE:
            self.policy = _with_history(self.shop, self.ended, self.accepted)

    def _move(self, person: Person) -> Move | None:
        booking = move_of(person.facts, now=self.clock.now, policy=self.policy)
        return None if booking is None else Move(appointment_id=booking.id, starts_at=booking.starts_at)

    def _waiting(self, before: datetime | None) -> int | None:
        """Returns the customer with the earliest late YES (before this time, if a time is given)."""
        waiting = []
        for number in self.late:
            offer = self.offers[number]
            at = offer.late_yes_at
            if at is not None and offer.status in ENDED and (before is None or at < before):
                waiting.append((at, number))
        return min(waiting)[1] if waiting else None

    def _take_up(self, number: int | None) -> bool:
        if number is None:
            return False
        self.apply(ev.WaitingCustomerChosen(BOOKING_IDS[number], PAYMENT_IDS[number]), past=number)
        return True

    def _wait_or_close(self, retry_at: datetime | None) -> None:
        if retry_at is None:
            self.apply(ev.NobodyLeft("No customer is left to ask."))
        else:
            self.apply(ev.NobodyAskableYet(retry_at, "Somebody can be asked later."))
            self.clock.at(retry_at, self.search)

    # Customers.

    def send(self, number: int) -> None:
        """Simulates that the carrier accepts the text, and that either the customer answers or the window ends."""
        offer, person = self.offers[number], self.people[number]
        self.result.asked += 1
        self.result.first_asked_at = self.result.first_asked_at or self.clock.now
        self.apply(ev.OfferSent(offer.id), past=number)
        ends_at = self.offers[number].expires_at
        if ends_at is not None:
            self.clock.at(ends_at, self.window_over, number)
        if not person.reachable:
            self.clock.at(self.clock.now + self.reported, self.undeliverable, number)
            return
        answer = answer_of(person, asked_at=self.clock.now, starts_at=self.plan.starts_at)
        if answer is not CustomerAnswer.SILENCE:
            self.clock.at(self.clock.now + person.reply_after, self.answers[answer], number)

    @property
    def answers(self) -> dict[CustomerAnswer, Callable[[int], None]]:
        return {CustomerAnswer.YES: self.yes, CustomerAnswer.NO: self.no, CustomerAnswer.STOP: self.stop}

    def undeliverable(self, number: int) -> None:
        self.apply(ev.OfferUndeliverable(OFFER_IDS[number], "The text was not delivered."), past=number)

    def window_over(self, number: int) -> None:
        if self.offers[number].live:
            self.apply(ev.OfferDeadlinePassed(OFFER_IDS[number]), past=number)

    def yes(self, number: int) -> None:
        """Handles a YES. `decide` determines whether it is in time or late."""
        self.said_yes.add(number)
        self.late.append(number)
        event = ev.OfferAccepted(OFFER_IDS[number], BOOKING_IDS[number], PAYMENT_IDS[number])
        self.apply(event, past=number)

    def no(self, number: int) -> None:
        self.apply(ev.OfferDeclined(OFFER_IDS[number]), past=number)

    def stop(self, number: int) -> None:
        self.apply(ev.CustomerOptedOut(OFFER_IDS[number]), past=number)

    # Deposits.

    def link_ready(self, number: int) -> None:
        """Simulates that the customer pays, that the card is declined, or that the hold ends without a payment."""
        self.apply(ev.PaymentIntentCreated(PAYMENT_IDS[number]))
        payment, person = self.current.payment, self.people[number]
        if payment is None or payment.expires_at is None:
            return
        self.clock.at(payment.expires_at, self.hold_over, number)
        at = min(self.clock.now + person.pays_after, payment.expires_at - self.step)
        if person.paying is not Paying.ABANDONS:
            self.clock.at(at, self.pay if person.paying is Paying.PAYS else self.card_declined, number)

    def pay(self, number: int) -> None:
        payment = self.current.payment
        if payment is not None and payment.id == PAYMENT_IDS[number]:
            self.apply(ev.PaymentSucceeded(payment.id, payment.amount_cents, payment.currency))

    def card_declined(self, number: int) -> None:
        self.apply(ev.PaymentDeclined(PAYMENT_IDS[number], "The card was declined."))

    def hold_over(self, number: int) -> None:
        self.apply(ev.HoldDeadlinePassed(PAYMENT_IDS[number]))

    def payment_cancelled(self, number: int) -> None:
        self.apply(ev.PaymentCancelled(PAYMENT_IDS[number]))
        self.said_yes.discard(number)


def _stays(attempt: Attempt) -> bool:
    """Returns whether this attempt would still be the current attempt if the recovery were loaded again."""
    if attempt.booking is not None:
        return attempt.booking.live
    return attempt.offer is not None and attempt.offer.live
