"""The states of a payment: ready, paid, declined, abandoned, cancelled and late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as ev
from domain.effects import AskNext, CancelPayment, NotifyStaff, RefundPayment, Severity
from domain.policy import Policy
from domain.recovery import Stage
from domain.state import BookingStatus, OfferStatus, PaymentStatus, SlotStatus
from domain.templates import TextKind
from tests.domain.simulated import SimulatedRecovery, an_open_slot, id_of

QUARTER = timedelta(minutes=15)


def test_the_slot_is_filled_once_booking_and_payment_both_exist() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.yes("Ana")
    slot.link_is_ready("Ana")
    assert (slot.stage, slot.slot.status) == (Stage.HOLDING, SlotStatus.FILLED)
    assert slot.texts == [(TextKind.ACCEPTANCE, id_of("Ana"))]


def test_the_time_to_pay_counts_from_when_the_link_is_ready() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.yes("Ana")
    slot.later(minutes=4).link_is_ready("Ana")
    assert slot.payment("Ana").expires_at == slot.now + QUARTER


def test_a_paid_deposit_books_the_appointment() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED
    assert slot.booking("Ana").status is BookingStatus.BOOKED
    assert slot.payment("Ana").status is PaymentStatus.SUCCEEDED
    assert slot.texts == [(TextKind.CONFIRMATION, id_of("Ana"))]


def test_money_may_come_before_we_know_that_the_link_was_ready() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.yes("Ana")
    slot.pays("Ana")
    slot.link_is_ready("Ana")
    assert slot.stage is Stage.RECOVERED
    assert (slot.wanted, slot.texts) == ((), [])


def test_hearing_twice_of_the_money_confirms_once() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.pays("Ana")
    slot.pays("Ana")
    assert (slot.stage, slot.wanted, slot.texts) == (Stage.RECOVERED, (), [])


@pytest.mark.parametrize("wrong", [{"amount": 1999}, {"amount": 2001}, {"currency": "EUR"}])
def test_a_wrong_amount_or_currency_books_nothing_and_asks_a_human(wrong: dict[str, int | str]) -> None:
    slot = an_open_slot().held_by("Ana")
    decision = slot.pays("Ana", **wrong)  # type: ignore[arg-type]
    assert slot.stage is Stage.HOLDING
    assert slot.payment("Ana").needs_human
    assert [e.severity for e in decision.effects if isinstance(e, NotifyStaff)] == [Severity.CRITICAL]


def test_a_human_is_asked_once() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.pays("Ana", amount=1)
    assert slot.pays("Ana", amount=1).effects == ()


def test_a_hold_that_waits_for_a_human_is_not_given_up() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.pays("Ana", amount=1)
    slot.later(hours=1)
    assert slot.look_at_hold("Ana").effects == ()
    assert slot.card_declined("Ana").effects == ()
    assert slot.stage is Stage.HOLDING


def test_a_currency_is_the_same_in_small_letters() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.pays("Ana", currency="gbp")
    assert slot.stage is Stage.RECOVERED


def test_a_declined_card_gives_the_hold_up_but_does_not_release_it() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.card_declined("Ana")
    assert (slot.stage, slot.wanted) == (Stage.HOLDING, (CancelPayment,))
    assert slot.booking("Ana").live


def test_a_shop_may_allow_more_attempts() -> None:
    slot = an_open_slot(policy=Policy(payment_attempts=3)).held_by("Ana")
    slot.card_declined("Ana")
    slot.card_declined("Ana")
    assert (slot.wanted, slot.payment("Ana").failures) == ((), 2)
    slot.card_declined("Ana")
    assert slot.wanted == (CancelPayment,)


def test_a_hold_is_not_over_a_moment_before_its_deadline() -> None:
    slot = an_open_slot().held_by("Ana").later(minutes=15, microseconds=-1)
    slot.look_at_hold("Ana")
    assert slot.wanted == ()


def test_a_hold_is_over_at_its_very_deadline() -> None:
    slot = an_open_slot().held_by("Ana").later(minutes=15)
    slot.look_at_hold("Ana")
    assert (slot.stage, slot.wanted) == (Stage.HOLDING, (CancelPayment,))


def test_a_hold_is_given_up_once() -> None:
    slot = an_open_slot().held_by("Ana").later(minutes=15)
    slot.look_at_hold("Ana")
    slot.look_at_hold("Ana")
    slot.card_declined("Ana")
    slot.no("Ana")
    assert sum(isinstance(e, CancelPayment) for e in slot.effects) == 1


def test_a_stop_before_paying_gives_the_slot_up_too() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.happens(ev.CustomerOptedOut(slot.offer("Ana").id))
    assert (slot.stage, slot.wanted, slot.texts) == (Stage.HOLDING, (CancelPayment,), [])


def test_a_customer_may_give_the_slot_up_before_paying() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.no("Ana")
    assert (slot.stage, slot.wanted) == (Stage.HOLDING, (CancelPayment,))


@pytest.mark.parametrize(
    ("gives_up", "status", "text"),
    [
        ("card_declined", PaymentStatus.FAILED, TextKind.PAYMENT_FAILED),
        ("look_at_hold", PaymentStatus.CANCELLED, TextKind.HOLD_EXPIRED),
        ("no", PaymentStatus.CANCELLED, None),
    ],
)
def test_once_the_payment_is_cancelled_the_next_customer_is_asked(
    gives_up: str, status: PaymentStatus, text: TextKind | None
) -> None:
    slot = an_open_slot().held_by("Ana").later(minutes=15)
    getattr(slot, gives_up)("Ana")
    slot.payment_cancelled("Ana")
    assert (slot.stage, slot.slot.status, slot.wanted) == (Stage.LOOKING, SlotStatus.OPEN, (AskNext,))
    assert slot.booking("Ana").status is BookingStatus.CANCELLED
    assert slot.offer("Ana").status is OfferStatus.DECLINED
    assert slot.payment("Ana").status is status
    assert [kind for kind, _ in slot.texts] == ([text] if text else [])


def test_a_release_too_near_the_start_closes_the_slot() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=44)).held_by("Ana").later(minutes=15)
    slot.look_at_hold("Ana")
    slot.payment_cancelled("Ana")
    assert (slot.stage, slot.wanted) == (Stage.CLOSED, ())


def test_money_that_comes_while_the_hold_is_given_up_books() -> None:
    slot = an_open_slot().held_by("Ana").later(minutes=15)
    slot.look_at_hold("Ana")
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED
    assert slot.payment("Ana").releasing is None


def test_a_card_that_is_declined_and_then_works_books() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.card_declined("Ana")
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED


def test_a_decline_reported_after_the_payment_changes_nothing() -> None:
    slot = an_open_slot().recovered_by("Ana")
    slot.card_declined("Ana")
    assert (slot.stage, slot.wanted) == (Stage.RECOVERED, ())


def test_a_payment_that_was_cancelled_elsewhere_releases_the_hold_as_well() -> None:
    slot = an_open_slot().held_by("Ana")
    slot.payment_cancelled("Ana")
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))
    assert slot.payment("Ana").status is PaymentStatus.CANCELLED


def test_an_intent_that_is_ready_after_its_hold_is_over_is_cancelled() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.yes("Ana")
    slot.payment_cancelled("Ana")
    slot.link_is_ready("Ana")
    assert (slot.stage, slot.wanted, slot.texts) == (Stage.LOOKING, (CancelPayment,), [])


def test_an_intent_that_is_ready_while_its_hold_is_given_up_brings_no_link() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.yes("Ana")
    slot.no("Ana")
    slot.link_is_ready("Ana")
    assert (slot.wanted, slot.texts) == ((CancelPayment,), [])


def test_late_money_books_the_slot_while_it_is_free() -> None:
    slot = released(an_open_slot())
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED
    assert slot.booking("Ana").status is BookingStatus.BOOKED
    assert slot.offer("Ana").status is OfferStatus.ACCEPTED
    assert slot.texts == [(TextKind.CONFIRMATION, id_of("Ana"))]


def test_late_money_books_a_slot_that_found_nobody() -> None:
    slot = released(an_open_slot())
    slot.happens(ev.NobodyLeft("No customer is left to ask."))
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED


@pytest.mark.parametrize(
    "now_has", ["an offer to Ben", "Ben holding", "Ben booked", "staff stopping", "hand", "begun"]
)
def test_a_late_payment_for_a_slot_that_is_gone_is_refunded_with_an_apology(now_has: str) -> None:
    slot = released(an_open_slot())
    {
        "an offer to Ben": lambda: slot.offer_to("Ben"),
        "Ben holding": lambda: slot.held_by("Ben"),
        "Ben booked": lambda: slot.recovered_by("Ben"),
        "staff stopping": lambda: slot.happens(ev.SearchStopped()),
        "hand": slot.sold_meanwhile,
        "begun": lambda: slot.later(days=1),
    }[now_has]()
    stage = slot.stage
    slot.pays("Ana")
    assert (slot.stage, slot.wanted) == (stage, (RefundPayment,))
    assert slot.texts == [(TextKind.REFUND_APOLOGY, id_of("Ana"))]
    assert slot.payment("Ana").status is PaymentStatus.REFUNDING


def test_a_late_payment_is_refunded_once() -> None:
    slot = released(an_open_slot()).offer_to("Ben")
    slot.pays("Ana")
    slot.pays("Ana")
    assert slot.effects.count(RefundPayment(slot.payment("Ana").id)) == 1


@pytest.mark.parametrize("slot_is_free", [True, False])
def test_late_money_of_a_wrong_amount_asks_a_human(slot_is_free: bool) -> None:
    slot = released(an_open_slot())
    if not slot_is_free:
        slot.offer_to("Ben")
    slot.pays("Ana", amount=5)
    assert not slot.booking("Ana").live
    assert slot.payment("Ana").needs_human
    assert slot.wanted == ()


def test_a_late_payment_of_a_customer_with_another_booking_is_refunded() -> None:
    slot = released(an_open_slot())
    slot.busy.add(id_of("Ana"))
    slot.pays("Ana")
    assert slot.wanted == (RefundPayment,)


def test_a_hold_without_a_payment_can_be_given_up_all_the_same() -> None:
    """The rows were inserted by an external tool, so Stripe has no payment that could succeed."""
    slot = an_open_slot().held_by("Ana")
    slot.payments.clear()
    slot.paid_by.clear()
    slot.no("Ana")
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))
    assert slot.booking("Ana").status is BookingStatus.CANCELLED


def test_money_for_what_was_booked_by_hand_is_noted() -> None:
    """Staff confirmed the appointment while the link was valid. Then the customer paid."""
    slot = an_open_slot().held_by("Ana")
    booking = slot.booking("Ana")
    slot.bookings[booking.id] = replace(booking, status=BookingStatus.BOOKED)
    slot.pays("Ana")
    assert slot.stage is Stage.RECOVERED
    assert slot.payment("Ana").status is PaymentStatus.SUCCEEDED


def test_a_link_that_is_ready_twice_gives_no_second_time_to_pay() -> None:
    slot = an_open_slot().held_by("Ana")
    until = slot.payment("Ana").expires_at
    slot.later(minutes=5).link_is_ready("Ana")
    assert slot.payment("Ana").expires_at == until


def test_money_of_a_wrong_amount_for_what_was_booked_by_hand_asks_a_human() -> None:
    slot = an_open_slot().held_by("Ana")
    booking = slot.booking("Ana")
    slot.bookings[booking.id] = replace(booking, status=BookingStatus.BOOKED)
    slot.pays("Ana", amount=7)
    assert slot.payment("Ana").needs_human


def released(slot: SimulatedRecovery) -> SimulatedRecovery:
    """Releases Ana's hold and cancels her payment in our rows."""
    slot.held_by("Ana")
    slot.no("Ana")
    slot.payment_cancelled("Ana")
    return slot
