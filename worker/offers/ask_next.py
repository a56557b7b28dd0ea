"""Searches for the next customer to whom a slot is offered."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from db.recoveries import candidates, offers, recoveries
from db.recoveries.candidates import Candidate
from db.recoveries.offers import LateYesRounds
from db.recoveries.recoveries import Loaded
from db.recoveries.recovery_changes import CustomerTakenError
from domain import events as ev
from domain.channels import Channel
from domain.charging import why_not_chargeable
from domain.eligibility import length_of, move_of, offer_channel, service_of, why_not
from domain.policy import asking_ends_at
from domain.quiet_hours import quiet_until
from domain.recovery import Stage, stage_of
from domain.state import ClosedAs, Move, SlotStatus
from messaging.channel_choice import with_usable_channels
from outbox.job_answers import (
    SLOT_NOT_FOUND,
    CompletedResponse,
    CustomerAskedResponse,
    RetryLaterResponse,
    SearchAnswer,
    SkippedResponse,
)
from worker.apply_events import apply_event_to
from worker.dependencies import Dependencies
from worker.gates import cooldown
from worker.gates.slot_lock import slot_lock
from worker.task_run import Outcome, TaskRun, task

AT_ONCE = 5
"""The number of candidates that are read first. The first candidate nearly always gets the offer."""

MOST = 100
"""The maximum number of candidates in one search.

This limits how long the lock is held. The next search considers the remaining candidates.
"""

NOBODY = "No customer is left to ask."
ASLEEP = "The quiet hours of the remaining customers end too late to ask them."


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search, with its customer and offer, if any. `answer` is None if the slot does not exist."""

    answer: SearchAnswer | None
    customer_id: UUID | None = None
    offer_id: UUID | None = None
    loaded: Loaded | None = None

    @property
    def outcome(self) -> Outcome:
        if self.answer is None:
            return {"outcome": SLOT_NOT_FOUND}
        word = "asked" if isinstance(self.answer, CustomerAskedResponse) else self.answer.reason
        return {"outcome": word, "answer": self.answer}


@dataclass(slots=True)
class RetryTimes:
    """The times (UTC) from which candidates who can't be asked now can be asked."""

    until: list[datetime] = field(default_factory=list)
    too_long: bool = False
    """Whether a candidate's quiet hours end too late for this slot."""


@task("send_next_offer")
def send_next_offer(run: TaskRun, slot_opening_id: UUID) -> Outcome:
    """Offers the slot to the next customer."""
    with run.dependencies.transactions.single() as session:
        time = recoveries.time_of(session, slot_opening_id)
    if time is None:
        return {"outcome": SLOT_NOT_FOUND}
    with slot_lock(run.dependencies.gates, *time), run.last_transaction() as session:
        asked = ask_next(session, run.dependencies, slot_opening_id)
        outcome = run.settle(session, asked.outcome)
    if asked.customer_id and asked.offer_id and asked.loaded:
        rest = asked.loaded.policy.cooldown
        run.after_commit.append(
            partial(cooldown.keep, run.dependencies.gates, asked.customer_id, asked.offer_id, rest)
        )
    return outcome


def ask_next(session: Session, dependencies: Dependencies, slot_opening_id: UUID) -> SearchResult:
    """Offers the slot to the next customer, or returns the reason for not doing so, in the caller's transaction."""
    loaded = recoveries.load(session, slot_opening_id)
    if loaded is None:
        return SearchResult(None)
    loaded = _end_expired_offer(session, dependencies, loaded)
    if loaded.recovery.slot.status is not SlotStatus.OPEN:
        return _skipped(f"slot_status_{loaded.recovery.slot.status.value}")
    if stage_of(loaded.recovery) is not Stage.LOOKING:
        return _skipped("offer_outstanding")
    slot = loaded.recovery.slot
    impossible = slot.deposit_cents > 0 and why_not_chargeable(slot.deposit_cents, slot.currency)
    if impossible:
        return _closed(session, dependencies, loaded, impossible, ClosedAs.CANNOT_CHARGE)
    # A slot that was never freed has no former rounds.
    taken_up = slot.freed_at and _take_up_late_yes(session, dependencies, loaded, LateYesRounds.FORMER)
    return taken_up or _offer_to_candidate(session, dependencies, loaded)


def _skipped(reason: str) -> SearchResult:
    return SearchResult(SkippedResponse(success=True, skipped=True, reason=reason))


def _end_expired_offer(session: Session, dependencies: Dependencies, loaded: Loaded) -> Loaded:
    """Ends the current offer if its window has passed, without waiting for the next tick."""
    offer = loaded.recovery.current.offer
    if stage_of(loaded.recovery) is not Stage.OFFERING or offer is None or not offer.over(loaded.now):
        return loaded
    decision = apply_event_to(session, dependencies, loaded, ev.OfferDeadlinePassed(offer.id))
    return replace(loaded, recovery=decision.recovery)


def _take_up_late_yes(
    session: Session, dependencies: Dependencies, loaded: Loaded, rounds: LateYesRounds
) -> SearchResult | None:
    """Holds the slot for the first customer whose YES to an earlier offer came too late."""
    waiting = offers.first_late_yes(session, loaded.recovery.slot.id, rounds)
    if waiting is None:
        return None
    again = recoveries.load(session, loaded.recovery.slot.id, offer_id=waiting.offer_id)
    if again is None:
        return None
    decision = apply_event_to(session, dependencies, again, ev.WaitingCustomerChosen(uuid4(), uuid4()))
    if stage_of(decision.recovery) is Stage.LOOKING:
        return None
    return _offered(waiting.customer_id, waiting.phone, None, again)


def _offered(customer_id: UUID, phone: str | None, offer_id: UUID | None, loaded: Loaded) -> SearchResult:
    answer = CustomerAskedResponse(success=True, customer_id=customer_id, customer_phone=phone)
    return SearchResult(answer, customer_id, offer_id, loaded)


def _offer_to_candidate(session: Session, dependencies: Dependencies, loaded: Loaded) -> SearchResult:
    loaded = replace(loaded, policy=with_usable_channels(loaded.policy, dependencies.senders))
    slot, ends = loaded.recovery.slot, asking_ends_at(loaded.recovery.slot.starts_at, loaded.policy)
    if slot.taken:
        return _closed(session, dependencies, loaded, "The time was filled in another way.", ClosedAs.SOLD_BY_HAND)
    if loaded.now > ends:
        reason = "The slot starts too soon to ask anybody."
        taken_up = _take_up_late_yes(session, dependencies, loaded, LateYesRounds.ANY)
        return taken_up or _closed(session, dependencies, loaded, reason, ClosedAs.TOO_NEAR)
    waits = RetryTimes()
    for candidate, offer_id in _claimed(session, dependencies, loaded, waits):
        try:
            apply_event_to(session, dependencies, loaded, _chosen(loaded, candidate, offer_id))
        except CustomerTakenError:
            continue
        return _offered(candidate.customer_id, candidate.facts.phone_e164, offer_id, loaded)
    taken_up = _take_up_late_yes(session, dependencies, loaded, LateYesRounds.ANY)
    return taken_up or _retry_or_close(session, dependencies, loaded, waits)


def _candidates(session: Session, loaded: Loaded, waits: RetryTimes) -> Iterator[Candidate]:
    """Yields candidates who can be asked now, best first, up to the first one whose quiet hours end in time."""
    for candidate in _in_line(session, loaded):
        if why_not(candidate.facts, now=loaded.now, policy=loaded.policy):
            continue
        quiet_ends_at = _quiet_until(loaded, candidate)
        if quiet_ends_at is None:
            yield candidate
        elif quiet_ends_at <= asking_ends_at(loaded.recovery.slot.starts_at, loaded.policy):
            waits.until.append(quiet_ends_at)
            return
        else:
            waits.too_long = True


def _in_line(session: Session, loaded: Loaded) -> Iterator[Candidate]:
    """Yields the customer whom the staff picked, then the other candidates in order."""
    slot_id, picked = loaded.recovery.slot.id, loaded.picked_customer_id
    if picked and (chosen := candidates.one(session, slot_id, picked)):
        yield chosen
    others = candidates.in_order(session, slot_id, policy=loaded.policy, at_once=AT_ONCE)
    yield from (candidate for candidate in islice(others, MOST) if candidate.customer_id != picked)


def _chosen(loaded: Loaded, candidate: Candidate, offer_id: UUID) -> ev.CustomerChosen:
    facts, now, policy = candidate.facts, loaded.now, loaded.policy
    booking = move_of(facts, now=now, policy=policy)
    return ev.CustomerChosen(
        offer_id,
        candidate.customer_id,
        None if booking is None else Move(appointment_id=booking.id, starts_at=booking.starts_at),
        length_of(facts, now=now, policy=policy),
        service_of(facts, now=now, policy=policy),
        offer_channel(facts, policy) or Channel.SMS,
        picked=candidate.customer_id == loaded.picked_customer_id,
    )


def _quiet_until(loaded: Loaded, candidate: Candidate) -> datetime | None:
    return quiet_until(
        loaded.now,
        zone=candidate.timezone or loaded.timezone,
        quiet_from=loaded.policy.quiet_from,
        quiet_until=loaded.policy.quiet_until,
        phone=candidate.facts.phone_e164,
    )


def _claimed(
    session: Session, dependencies: Dependencies, loaded: Loaded, waits: RetryTimes
) -> Iterator[tuple[Candidate, UUID]]:
    """Claims each candidate's cooldown in Redis, and yields the candidate with the id of the offer.

    Customers to whom another search is making an offer come last, because an insert would wait for the commit of that
    search.
    """
    busy, gates = [], dependencies.gates
    for candidate in _candidates(session, loaded, waits):
        offer_id = uuid4()
        if not loaded.policy.cooldown or cooldown.claim(gates, candidate.customer_id, offer_id):
            yield candidate, offer_id
        elif cooldown.claimed_just_now(gates, candidate.customer_id):
            busy.append((candidate, offer_id))
        elif _is_askable(session, loaded, candidate):
            yield candidate, offer_id
    yield from (one for one in busy if _is_askable(session, loaded, one[0]))


def _is_askable(session: Session, loaded: Loaded, candidate: Candidate) -> bool:
    """Checks the current rows in the database after Redis has refused a claim."""
    facts = candidates.facts_about(session, loaded.recovery.slot.id, candidate.customer_id)
    return facts is not None and why_not(facts, now=loaded.now, policy=loaded.policy) is None


def _retry_or_close(session: Session, dependencies: Dependencies, loaded: Loaded, waits: RetryTimes) -> SearchResult:
    """Schedules the next search if a candidate can be asked in time. Otherwise, closes the slot."""
    slot = loaded.recovery.slot
    ends = asking_ends_at(slot.starts_at, loaded.policy)
    if not waits.until:
        chance = candidates.next_chance(session, slot.id, policy=loaded.policy, cut_off=ends)
        reason = "All remaining customers have an offer for another slot or were asked recently."
    else:
        chance, reason = min(waits.until), "The next customer has quiet hours now."
    if chance is None:
        return _closed(session, dependencies, loaded, ASLEEP if waits.too_long else NOBODY, ClosedAs.NOBODY_LEFT)
    apply_event_to(session, dependencies, loaded, ev.NobodyAskableYet(chance, reason))
    return SearchResult(RetryLaterResponse(success=True, skipped=True, reason="nobody_askable_yet", retry_at=chance))


def _closed(
    session: Session, dependencies: Dependencies, loaded: Loaded, reason: str, closed_as: ClosedAs
) -> SearchResult:
    apply_event_to(session, dependencies, loaded, ev.NobodyLeft(reason, closed_as))
    return SearchResult(CompletedResponse(success=True, completed=True, reason="no_eligible_customers"))
