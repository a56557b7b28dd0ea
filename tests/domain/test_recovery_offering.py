"""The states of an offer: sent, delayed, undeliverable, expired and answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain import events as ev
from domain.effects import AskNext, CreatePayment, SendText
from domain.policy import Policy
from domain.recovery import Stage
from domain.state import Amount, ClosedAs, Offer, OfferStatus, PaymentStatus, SlotStatus
from domain.templates import TextKind
from tests.domain.simulated import SimulatedRecovery, an_open_slot, id_of

QUARTER = timedelta(minutes=15)


def test_the_window_opens_when_the_carrier_takes_the_text() -> None:
    slot = an_open_slot()
    slot.ask("Ana")
    slot.later(minutes=3).text_leaves("Ana")
    offer = slot.offer("Ana")
    assert (offer.status, offer.sent_at, offer.expires_at) == (OfferStatus.SENT, slot.now, slot.now + QUARTER)


def test_hearing_twice_that_a_text_was_taken_opens_no_second_window() -> None:
    slot = an_open_slot().offer_to("Ana")
    before = slot.offer("Ana")
    slot.later(minutes=5).text_leaves("Ana")
    assert slot.offer("Ana") == before


def test_a_text_that_could_not_leave_yet_moves_the_deadline_and_keeps_the_customer() -> None:
    slot = an_open_slot()
    slot.ask("Ana")
    slot.happens(ev.OfferDelayed(slot.offer("Ana").id, slot.now + timedelta(minutes=5)))
    assert slot.stage is Stage.OFFERING
    assert slot.offer("Ana").expires_at == slot.now + timedelta(minutes=20)


def test_an_undeliverable_text_moves_on_at_once() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.happens(ev.OfferUndeliverable(slot.offer("Ana").id, "The number does not exist."))
    assert slot.offer("Ana").status is OfferStatus.FAILED
    assert (slot.stage, slot.wanted, slot.reason) == (Stage.LOOKING, (AskNext,), "The number does not exist.")


def test_an_offer_is_not_over_a_moment_before_its_deadline() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15, microseconds=-1)
    slot.run_out("Ana")
    assert slot.stage is Stage.OFFERING


def test_an_offer_is_over_at_its_very_deadline() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    assert slot.offer("Ana").status is OfferStatus.EXPIRED
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))


def test_an_offer_runs_out_once() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.run_out("Ana")
    assert slot.wanted == ()


def test_a_deadline_stays_when_the_shop_shortens_its_window() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=5)
    slot.policy = replace(slot.policy, offer_window=timedelta(minutes=1))
    slot.run_out("Ana")
    assert slot.stage is Stage.OFFERING


def test_a_text_that_waits_at_home_is_not_held_against_its_customer() -> None:
    slot = an_open_slot()
    slot.ask("Ana")
    with_its_text_waiting(slot, "Ana").later(minutes=15).run_out("Ana")
    assert slot.stage is Stage.OFFERING
    assert slot.offer("Ana").expires_at == slot.now + QUARTER


def test_a_text_that_waited_too_long_ends_with_the_asking() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=40))
    slot.ask("Ana")
    with_its_text_waiting(slot, "Ana").later(minutes=15).run_out("Ana")
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.TOO_NEAR)


def test_an_offer_that_runs_out_at_the_very_end_of_asking_still_brings_the_next_one() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=45)).offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))


def test_the_last_offer_before_the_cut_off_closes_the_slot_and_notifies_the_staff() -> None:
    slot = an_open_slot(starts_in=timedelta(minutes=40)).offer_to("Ana").later(minutes=15)
    decision = slot.run_out("Ana")
    assert (slot.stage, slot.wanted) == (Stage.CLOSED, ())
    assert [e.kind for e in decision.effects if not isinstance(e, SendText)] == ["nobody_left"]  # type: ignore[union-attr]


@pytest.mark.parametrize("leaves", [ev.OfferDeclined, ev.CustomerOptedOut])
def test_a_no_and_a_stop_move_on_at_once(leaves: type[ev.OfferDeclined | ev.CustomerOptedOut]) -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.happens(leaves(slot.offer("Ana").id))
    assert slot.offer("Ana").status is OfferStatus.DECLINED
    assert (slot.stage, slot.wanted, slot.texts) == (Stage.LOOKING, (AskNext,), [])


def test_a_no_to_an_offer_that_is_over_leaves_the_present_one_alone() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.offer_to("Ben")
    slot.no("Ana")
    assert slot.stage is Stage.OFFERING
    assert slot.offer("Ben").live


def test_the_first_yes_in_time_has_the_slot() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=14)
    slot.yes("Ana")
    assert (slot.stage, slot.wanted) == (Stage.HOLDING, (CreatePayment,))
    assert slot.offer("Ana").status is OfferStatus.ACCEPTED
    assert slot.slot.status is SlotStatus.OPEN, "filled only once the payment exists as well"


def test_a_yes_asks_for_the_deposit_of_the_appointment() -> None:
    slot = an_open_slot(deposit=3500).offer_to("Ana")
    slot.yes("Ana")
    payment = slot.payment("Ana")
    assert (payment.status, payment.amount_cents, payment.currency) == (PaymentStatus.PENDING, 3500, "GBP")
    assert payment.expires_at == slot.now + QUARTER


def test_a_yes_asks_for_the_deposit_that_the_offer_stated() -> None:
    slot = an_open_slot(deposit=3500).offer_to("Ana")
    slot.slot = replace(slot.slot, deposit_cents=0, currency="EUR")
    slot.yes("Ana")
    assert (slot.payment("Ana").amount_cents, slot.payment("Ana").currency) == (3500, "GBP")


def test_a_yes_to_an_offer_without_a_stated_deposit_asks_for_the_current_one() -> None:
    slot = an_open_slot(deposit=3500).offer_to("Ana")
    slot.offers[slot.offer("Ana").id] = replace(slot.offer("Ana"), deposit=None)
    slot.slot = replace(slot.slot, deposit_cents=4000)
    slot.yes("Ana")
    assert slot.payment("Ana").amount_cents == 4000
    assert slot.offer("Ana").deposit == Amount(4000, "GBP")


def test_a_yes_without_a_deposit_is_booked_and_filled_at_once() -> None:
    slot = an_open_slot(deposit=0).offer_to("Ana")
    slot.yes("Ana")
    assert (slot.stage, slot.slot.status) == (Stage.RECOVERED, SlotStatus.FILLED)
    assert slot.texts == [(TextKind.BOOKED_WITHOUT_DEPOSIT, id_of("Ana"))]
    assert slot.payments == {}


def test_a_yes_may_come_before_we_know_that_the_text_was_taken() -> None:
    slot = an_open_slot()
    slot.ask("Ana")
    slot.yes("Ana")
    assert slot.stage is Stage.HOLDING


def test_a_second_yes_of_the_same_customer_changes_nothing() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.yes("Ana")
    slot.yes("Ana")
    assert slot.effects.count(CreatePayment(slot.payment("Ana").id)) == 1
    assert (slot.wanted, slot.texts) == ((), [])
    assert len(slot.bookings) == 1


def test_a_yes_at_the_very_deadline_goes_to_the_next_customer() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.yes("Ana")
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))
    assert slot.texted(TextKind.NEXT_IN_LINE, "Ana")
    assert slot.bookings == {}


def test_a_late_yes_is_answered_and_stored() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.offer_to("Ben").later(minutes=1)
    slot.yes("Ana")
    assert slot.texts == [(TextKind.NEXT_IN_LINE, id_of("Ana"))]
    assert slot.offer("Ana").late_yes_at == slot.now
    assert slot.stage is Stage.OFFERING


def test_the_first_late_yes_is_the_one_that_counts() -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    slot.yes("Ana")
    said_at = slot.now
    slot.later(minutes=5).yes("Ana")
    assert slot.offer("Ana").late_yes_at == said_at


@pytest.mark.parametrize("stage", [Stage.HOLDING, Stage.RECOVERED, Stage.CLOSED])
def test_a_late_yes_is_answered_whatever_became_of_the_slot(stage: Stage) -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.run_out("Ana")
    {
        Stage.HOLDING: lambda: slot.held_by("Ben"),
        Stage.RECOVERED: lambda: slot.recovered_by("Ben"),
        Stage.CLOSED: lambda: slot.happens(ev.SearchStopped()),
    }[stage]()
    slot.yes("Ana")
    assert slot.stage is stage
    assert slot.texts == [(TextKind.TOO_LATE, id_of("Ana"))]


def test_a_yes_to_a_time_that_is_gone_is_turned_down() -> None:
    slot = an_open_slot().offer_to("Ana").sold_meanwhile()
    slot.yes("Ana")
    assert (slot.stage, slot.slot.closed_as) == (Stage.CLOSED, ClosedAs.SOLD_BY_HAND)
    assert slot.texted(TextKind.TOO_LATE, "Ana")


def test_a_customer_who_is_booked_elsewhere_by_now_is_turned_down_and_the_next_one_asked() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.busy.add(id_of("Ana"))
    slot.yes("Ana")
    assert (slot.stage, slot.wanted) == (Stage.LOOKING, (AskNext,))
    assert slot.texted(TextKind.TOO_LATE, "Ana")


def test_nobody_says_yes_to_what_has_begun() -> None:
    """The start of the slot was moved by hand during the offer."""
    slot = an_open_slot().offer_to("Ana")
    slot.slot = replace(slot.slot, starts_at=slot.now)
    slot.yes("Ana")
    assert slot.stage is Stage.CLOSED
    assert slot.texted(TextKind.TOO_LATE, "Ana")


def test_an_offer_left_over_on_a_closed_slot_ends_without_asking_anybody() -> None:
    slot = an_open_slot(policy=Policy(offer_window=QUARTER)).offer_to("Ana")
    slot.slot = replace(slot.slot, status=SlotStatus.EXPIRED)
    slot.later(minutes=15).run_out("Ana")
    assert slot.offer("Ana").status is OfferStatus.EXPIRED
    assert (slot.stage, slot.wanted) == (Stage.CLOSED, ())


def test_a_yes_to_an_offer_on_a_closed_slot_is_answered() -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.slot = replace(slot.slot, status=SlotStatus.EXPIRED)
    slot.yes("Ana")
    assert (slot.stage, slot.texts) == (Stage.CLOSED, [(TextKind.TOO_LATE, id_of("Ana"))])
    assert not slot.offer("Ana").live


@pytest.mark.parametrize("status", [SlotStatus.EXPIRED, SlotStatus.FILLED])
@pytest.mark.parametrize("leaves", [ev.OfferDeclined, ev.CustomerOptedOut])
def test_a_no_to_an_offer_left_over_ends_it_without_asking_anybody(
    leaves: type[ev.OfferDeclined | ev.CustomerOptedOut], status: SlotStatus
) -> None:
    slot = an_open_slot().offer_to("Ana")
    slot.slot = replace(slot.slot, status=status)
    slot.happens(leaves(slot.offer("Ana").id))
    assert slot.offer("Ana").status is OfferStatus.DECLINED
    assert (slot.slot.status, slot.wanted) == (status, ())


@pytest.mark.parametrize("stage", [Stage.HOLDING, Stage.RECOVERED])
@pytest.mark.parametrize(
    ("event", "becomes"),
    [
        (ev.OfferDeadlinePassed, OfferStatus.EXPIRED),
        (ev.OfferDeclined, OfferStatus.DECLINED),
        (lambda old: ev.OfferAccepted(old, id_of("booking"), id_of("payment")), OfferStatus.EXPIRED),
    ],
)
def test_an_offer_on_a_slot_of_another_customer_ends(
    stage: Stage, event: Callable[[UUID], ev.Event], becomes: OfferStatus
) -> None:
    slot = an_open_slot().held_by("Ben") if stage is Stage.HOLDING else an_open_slot().recovered_by("Ben")
    old = Offer(id=id_of("offer Ana"), customer_id=id_of("Ana"), status=OfferStatus.SENT, expires_at=slot.now)
    slot.offers[old.id] = old
    slot.happens(event(old.id))
    assert (slot.offer("Ana").status, slot.stage) == (becomes, stage)
    assert slot.offer("Ben").status is OfferStatus.ACCEPTED


@pytest.mark.parametrize("stage", [Stage.LOOKING, Stage.OFFERING, Stage.HOLDING, Stage.RECOVERED])
def test_a_no_takes_a_late_yes_back(stage: Stage) -> None:
    slot = an_open_slot().offer_to("Ana").later(minutes=15)
    slot.yes("Ana")
    {
        Stage.LOOKING: lambda: slot,
        Stage.OFFERING: lambda: slot.offer_to("Ben"),
        Stage.HOLDING: lambda: slot.held_by("Ben"),
        Stage.RECOVERED: lambda: slot.recovered_by("Ben"),
    }[stage]()
    slot.no("Ana")
    assert slot.stage is stage
    assert slot.offer("Ana").late_yes_at is None


def with_its_text_waiting(slot: SimulatedRecovery, name: str) -> SimulatedRecovery:
    """Marks the text as written but not yet sent to the carrier."""
    offer = slot.offer(name)
    slot.offers[offer.id] = replace(offer, untried=True)
    return slot
