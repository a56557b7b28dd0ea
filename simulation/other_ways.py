"""Simulates policies that the product does not have, for comparison: offers to several customers at the same time,
and calls by staff.
"""

from datetime import datetime, time, timedelta

from domain.eligibility import move_of, why_not
from domain.policy import Policy, asking_ends_at
from simulation.night import quiet_hours_end
from simulation.plans import Plan
from simulation.recovery_play import STEP
from simulation.simulated_clock import SimulatedClock
from simulation.simulated_customers import CustomerAnswer, Paying, Person, answer_of
from simulation.slot_result import SlotResult

OPENS, CLOSES = time(9), time(18)


def askable(person: Person, now: datetime, policy: Policy) -> bool:
    """Returns whether the rules allow this customer to be asked now."""
    over = person.free_at is not None and person.free_at <= now
    return over or why_not(person.facts, now=now, policy=policy) is None


def pays_or_moves(person: Person, now: datetime, policy: Policy) -> bool:
    """Returns whether a YES fills the slot. A moved appointment keeps its paid deposit."""
    return person.paying is Paying.PAYS or move_of(person.facts, now=now, policy=policy) is not None


def note_move(result: SlotResult, person: Person, now: datetime, policy: Policy) -> None:
    """Records that the time of the later appointment is free because its customer was moved up."""
    booking = move_of(person.facts, now=now, policy=policy)
    result.frees_at = None if booking is None else booking.starts_at


class WavePlay:
    """Texts several customers at the same time. The first YES holds the slot, and later YES replies wait in line.

    The next wave is sent when the window has ended and the slot is free.
    """

    def __init__(self, plan: Plan, policy: Policy, *, size: int) -> None:
        self.plan, self.policy, self.size = plan, policy, size
        self.clock = SimulatedClock(plan.cancelled_at)
        self.result = SlotResult(plan.cancelled_at, plan.starts_at)
        self.line = list(plan.people)
        self.people = plan.people
        self.waiting: list[int] = []
        self.holder: int | None = None
        self.window_until = plan.cancelled_at
        self.said_yes: set[int] = set()

    def play(self) -> SlotResult:
        """Runs the simulation until the slot is sold or starts."""
        self.clock.at(self.plan.cancelled_at + STEP, self.wave)
        self.clock.run(until=self.plan.starts_at, over=lambda: self.result.sold_at is not None)
        self.result.turned_away = len(self.said_yes - {self.result.sold_to})
        return self.result

    def wave(self, _: int = 0) -> None:
        """Asks the next customers, or waits for the end of quiet hours or a cooldown."""
        now, ends = self.clock.now, asking_ends_at(self.plan.starts_at, self.policy)
        if self.holder is not None or now < self.window_until or now > ends:
            return
        quiet_ends_at = quiet_hours_end(now, self.policy, None)
        if quiet_ends_at is not None:
            self.clock.at(quiet_ends_at, self.wave)
            return
        chosen = [person for person in self.line if askable(person, now, self.policy)][: self.size]
        if not chosen:
            times = [person.free_at for person in self.line if person.free_at is not None and person.free_at > now]
            if times:
                self.clock.at(min(times), self.wave)
            return
        self._ask(chosen)

    def _ask(self, people: list[Person]) -> None:
        now = self.clock.now
        self.window_until = now + self.policy.offer_window
        self.clock.at(self.window_until, self.wave)
        self.result.first_asked_at = self.result.first_asked_at or now
        for person in people:
            self.line.remove(person)
            self.result.asked += 1
            answer = answer_of(person, asked_at=now, starts_at=self.plan.starts_at)
            if person.reachable and answer is CustomerAnswer.YES:
                self.clock.at(now + person.reply_after, self.yes, person.number)

    def yes(self, number: int) -> None:
        self.said_yes.add(number)
        if self.holder is None:
            self._hold(number)
        else:
            self.waiting.append(number)

    def _hold(self, number: int) -> None:
        self.holder, person = number, self.people[number]
        pays = pays_or_moves(person, self.clock.now, self.policy)
        quick = pays or person.paying is not Paying.ABANDONS
        after = min(person.pays_after, self.policy.payment_window) if quick else self.policy.payment_window
        self.clock.at(self.clock.now + after, self.paid if pays else self.not_paid, number)

    def paid(self, number: int) -> None:
        self.result.sold_at, self.result.sold_to = self.clock.now, number
        note_move(self.result, self.people[number], self.clock.now, self.policy)

    def not_paid(self, number: int) -> None:
        self.result.abandoned += 1
        self.holder = None
        self.said_yes.discard(number)
        if self.waiting:
            self._hold(self.waiting.pop(0))
        else:
            self.wave()


class ByHandPlay:
    """Staff call one customer after the other during opening hours and take the deposit over the phone. After a fixed
    number of calls, they give up.
    """

    def __init__(self, plan: Plan, policy: Policy) -> None:
        self.plan, self.policy = plan, policy
        self.result = SlotResult(plan.cancelled_at, plan.starts_at)

    def play(self) -> SlotResult:
        """Runs the simulation until the slot is sold or starts."""
        now = _opening(self.plan.cancelled_at + self.plan.by_hand_after)
        for person in self.plan.people:
            now = _opening(now)
            too_late = now > asking_ends_at(self.plan.starts_at, self.policy)
            if too_late or self.result.asked == self.plan.behaviour.by_hand_calls or self.result.sold_at:
                break
            if askable(person, now, self.policy):
                self._call(person, now)
                now += timedelta(minutes=person.call_minutes)
        return self.result

    def _call(self, person: Person, now: datetime) -> None:
        self.result.asked += 1
        self.result.first_asked_at = self.result.first_asked_at or now
        answer = answer_of(person, asked_at=now, starts_at=self.plan.starts_at)
        if person.answers_calls and answer is CustomerAnswer.YES and pays_or_moves(person, now, self.policy):
            self.result.sold_at = now + timedelta(minutes=person.call_minutes)
            self.result.sold_to = person.number
            note_move(self.result, person, now, self.policy)


def _opening(now: datetime) -> datetime:
    """Returns this time if the shop is open, otherwise the shop's next opening time."""
    if now.time() < OPENS:
        return datetime.combine(now.date(), OPENS, now.tzinfo)
    if now.time() >= CLOSES:
        return datetime.combine(now.date() + timedelta(days=1), OPENS, now.tzinfo)
    return now
