"""`decide` returns a decision for any event and any rows, even inconsistent rows."""

from collections import Counter
from dataclasses import fields
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events as ev
from domain.channels import Channel
from domain.effects import (
    AskNext,
    CancelPayment,
    CreatePayment,
    NotifyStaff,
    OpenRemainingTime,
    RefundPayment,
    SendText,
)
from domain.policy import Policy
from domain.recovery import RULE_MODULES, TRANSITIONS, Decision, Stage, decide, stage_of
from domain.state import (
    PAID,
    Amount,
    Attempt,
    Booking,
    BookingStatus,
    ClosedAs,
    Deposit,
    Move,
    Offer,
    OfferStatus,
    PaymentStatus,
    Recovery,
    ReleaseReason,
    Slot,
    SlotStatus,
)
from tests.domain.simulated import NINE
from tests.effort import examples

# Each strategy has only a few values, so that equal values are common.
IDS = st.integers(1, 3).map(lambda n: UUID(int=n))
TIMES = st.integers(-3, 3).map(lambda quarters: NINE + timedelta(minutes=15 * quarters))
MAYBE_TIMES = st.none() | TIMES
LENGTHS = st.sampled_from([timedelta(minutes=15), timedelta(minutes=30)])
SENTENCES = st.just("The carrier says so.")
POLICIES = st.builds(
    Policy,
    offer_window=st.integers(0, 30).map(lambda m: timedelta(minutes=m)),
    payment_window=st.integers(0, 30).map(lambda m: timedelta(minutes=m)),
    payment_attempts=st.integers(1, 3),
    min_notice=st.integers(0, 60).map(lambda m: timedelta(minutes=m)),
    sell_rest=st.booleans(),
)
SLOTS = st.builds(
    Slot,
    id=IDS,
    shop_id=IDS,
    starts_at=TIMES,
    ends_at=TIMES,
    status=st.sampled_from(SlotStatus),
    deposit_cents=st.sampled_from([0, 2000]),
    currency=st.just("GBP"),
    freed_at=MAYBE_TIMES,
    next_search_at=MAYBE_TIMES,
    closed_as=st.none() | st.sampled_from(ClosedAs),
    taken=st.booleans(),
    shortest_service=st.none() | LENGTHS,
)
MOVES = st.builds(
    Move,
    appointment_id=IDS,
    starts_at=TIMES,
    standing=st.booleans(),
    live=st.booleans(),
    unpaid=st.booleans(),
)
OFFERS = st.builds(
    Offer,
    id=IDS,
    customer_id=IDS,
    status=st.sampled_from(OfferStatus),
    expires_at=MAYBE_TIMES,
    sent_at=MAYBE_TIMES,
    accepted_at=MAYBE_TIMES,
    ended_at=MAYBE_TIMES,
    late_yes_at=MAYBE_TIMES,
    untried=st.booleans(),
    move=st.none() | MOVES,
    books_until=MAYBE_TIMES,
    deposit=st.none() | st.builds(Amount, st.sampled_from([0, 1500]), st.just("EUR")),
)
BOOKINGS = st.builds(
    Booking,
    id=IDS,
    customer_id=IDS,
    status=st.sampled_from(BookingStatus),
    ends_at=MAYBE_TIMES,
    moved_from=st.none() | IDS,
)
PAYMENTS = st.builds(
    Deposit,
    id=IDS,
    status=st.sampled_from(PaymentStatus),
    amount_cents=st.just(2000),
    currency=st.sampled_from(["GBP", "gbp"]),
    expires_at=MAYBE_TIMES,
    failures=st.integers(0, 3),
    releasing=st.none() | st.sampled_from(ReleaseReason),
    needs_human=st.none() | st.just("A human looks at it."),
)
ATTEMPTS = st.builds(
    Attempt,
    offer=st.none() | OFFERS,
    booking=st.none() | BOOKINGS,
    payment=st.none() | PAYMENTS,
    busy=st.booleans(),
)
RECOVERIES = st.builds(Recovery, slot=SLOTS, current=ATTEMPTS, past=ATTEMPTS)
VALUES = {
    UUID: IDS,
    UUID | None: st.none() | IDS,
    datetime: TIMES,
    str: SENTENCES,
    ClosedAs: st.sampled_from(ClosedAs),
    int: st.sampled_from([2000, 1999]),
    bool: st.booleans(),
    Move | None: st.none() | MOVES,
    timedelta | None: st.none() | LENGTHS,
    Channel: st.sampled_from(Channel),
}
EVENT_TYPES: tuple[type[ev.Event], ...] = ev.Event.__args__  # type: ignore[attr-defined]
NAMED = {"UUID": UUID, "datetime": datetime, "str": str, "int": int, "bool": bool}


def _some(event: type[ev.Event]) -> st.SearchStrategy[ev.Event]:
    kinds = {f.name: NAMED[f.type] if isinstance(f.type, str) else f.type for f in fields(event)}
    values = {name: st.just("GBP") if name == "currency" else VALUES[kind] for name, kind in kinds.items()}
    return st.builds(event, **values)


EVENTS = st.one_of([_some(kind) for kind in EVENT_TYPES])


def test_no_stage_has_two_rules_for_one_event() -> None:
    entered = Counter((stage, transition.event) for transition in TRANSITIONS for stage in transition.stages)
    assert [pair for pair, count in entered.items() if count > 1] == []


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_has_a_rule_somewhere(event: type[ev.Event]) -> None:
    assert any(transition.event is event for transition in TRANSITIONS)


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.rule.__name__)
def test_every_rule_says_in_a_sentence_what_it_is_for(transition: object) -> None:
    sentence = (transition.rule.__doc__ or "").strip()  # type: ignore[attr-defined]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert transition.rule.__module__ in {module.__name__ for module in RULE_MODULES}  # type: ignore[attr-defined]


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_every_event_in_every_state_has_a_decision(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    decision = decide(recovery, event, now=now, policy=policy)
    assert decision.reason.endswith(".")
    assert decision.reason[0].isupper()
    assert "\n" not in decision.reason
    assert decision == decide(recovery, event, now=now, policy=policy), "deterministic"


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_a_rule_leads_where_its_arrow_says(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    stage = stage_of(recovery)
    after = stage_of(decide(recovery, event, now=now, policy=policy).recovery)
    transition = next((a for a in TRANSITIONS if stage in a.stages and isinstance(event, a.event)), None)
    assert after in {stage, *(transition.to if transition else ())}


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_nothing_about_the_slot_itself_is_rewritten(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    before, after = recovery.slot, decide(recovery, event, now=now, policy=policy).recovery.slot
    for kept in ("id", "shop_id", "performer_id", "starts_at", "deposit_cents", "currency", "taken"):
        assert getattr(before, kept) == getattr(after, kept)


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_a_slot_loses_exactly_the_time_that_is_offered_on_its_own(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    decision = decide(recovery, event, now=now, policy=policy)
    opened = [effect for effect in decision.effects if isinstance(effect, OpenRemainingTime)]
    lost = decision.recovery.slot.ends_at != recovery.slot.ends_at
    assert opened == ([OpenRemainingTime(decision.recovery.slot.ends_at, recovery.slot.ends_at)] if lost else [])
    if lost:
        booking = decision.recovery.current.booking
        assert booking is not None
        assert booking.status is BookingStatus.BOOKED
        assert booking.ends_at == decision.recovery.slot.ends_at < recovery.slot.ends_at


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_the_next_customer_is_searched_only_when_the_slot_is_free(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    decision = decide(recovery, event, now=now, policy=policy)
    if AskNext() in decision.effects:
        assert decision.effects.count(AskNext()) == 1
        assert decision.recovery.slot.status is SlotStatus.OPEN
        assert not (decision.recovery.current.booking and decision.recovery.current.booking.live)
        assert now <= recovery.slot.starts_at - policy.min_notice


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_a_held_or_booked_customer_loses_the_slot_only_by_a_cancelled_payment(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    booking, payment = recovery.current.booking, recovery.current.payment
    if booking is None or not booking.live:
        return
    after = decide(recovery, event, now=now, policy=policy).recovery.current.booking
    assert after is not None
    assert after.id == booking.id
    if not after.live:
        assert booking.status is BookingStatus.PENDING_PAYMENT
        assert payment is None or event == ev.PaymentCancelled(payment.id)


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_a_received_payment_is_never_requested_again_nor_refunded_twice(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    decision = decide(recovery, event, now=now, policy=policy)
    known = {p.id: p for p in (recovery.past.payment, recovery.current.payment) if p}
    for effect in decision.effects:
        if isinstance(effect, RefundPayment):
            assert known[effect.payment_id].status not in PAID
            assert isinstance(event, ev.PaymentSucceeded)
        if isinstance(effect, CreatePayment):
            assert isinstance(event, ev.OfferAccepted | ev.WaitingCustomerChosen)


@given(RECOVERIES, EVENTS, TIMES, POLICIES)
@examples(20)
def test_a_decision_that_changes_nothing_wants_nothing_done(
    recovery: Recovery, event: ev.Event, now: datetime, policy: Policy
) -> None:
    decision = decide(recovery, event, now=now, policy=policy)
    if decision.recovery == recovery:
        assert all(_may_be_repeated(effect, event) for effect in decision.effects), decision


@given(RECOVERIES, TIMES, POLICIES)
def test_an_event_without_a_rule_names_the_stage(recovery: Recovery, now: datetime, policy: Policy) -> None:
    decision = decide(recovery, ev.StartedAgain(), now=now, policy=policy)
    if stage_of(recovery) is not Stage.CLOSED:
        assert decision == Decision(recovery, (), f"Nothing to do: the slot is {stage_of(recovery).lower()}.")


def _may_be_repeated(effect: object, event: ev.Event) -> bool:
    """Returns whether the same event may produce this effect again.

    A late intent is cancelled each time that it is reported. A late YES is answered once for each purpose. If staff
    request the next customer twice at the same time, both requests are carried out, and the second search finds the
    offer of the first. Staff are notified each time that a slot starts too soon to be opened. A payment has an
    idempotency key, so it is created once, even if its booking in the calendar is reported several times.
    """
    again = {
        ev.PaymentIntentCreated: CancelPayment,
        ev.OfferAccepted: SendText,
        ev.NextAskedByHand: AskNext,
        ev.AppointmentCancelled: NotifyStaff,
        ev.StartedAgain: NotifyStaff,
        ev.BookingWrittenBack: CreatePayment,
    }
    return isinstance(effect, again.get(type(event), ()))
