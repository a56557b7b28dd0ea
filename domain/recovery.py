"""The transition function of a recovery, `decide`.

`domain.state` defines the stages and `domain.rules` the rules. A rule is registered with the stages in which it
applies, the event that it handles and the stages to which it can lead. Its docstring describes the transition in
docs/states.md. An event without a rule in the current stage changes nothing.

`decide` makes all decisions about offers, holds and closings, and `db.recoveries.recovery_changes` saves them. Other
code writes some columns of the same rows: `db.messages.messages` sets an offer's sending deadline,
`db.recoveries.due` sets the time of the next search, triggers set cooldowns and missing deadlines, and
`db.appointments.appointments` and `db.appointments.past_appointments` cancel, settle and void bookings.
docs/states.md lists each of these writes, and a test compares the list with the SQL. `decide` takes them into
account, because the stage is computed from the columns whenever a recovery is loaded.
"""

from datetime import datetime

from domain.effects import OpenRemainingTime
from domain.events import Event
from domain.policy import Policy
from domain.replacing import replace
from domain.rules import failed_payments, late_yes, offering, payments_received, searching, staff_actions, write_back
from domain.rules.state_changes import no_change
from domain.rules.table import TRANSITIONS, Decision, DecisionContext
from domain.state import BookingStatus, Recovery, Stage, stage_of

__all__ = ["RULE_MODULES", "TRANSITIONS", "Decision", "Stage", "decide", "stage_of"]

RULE_MODULES = (searching, offering, late_yes, failed_payments, payments_received, write_back, staff_actions)
_RULES = {(stage, transition.event): transition.rule for transition in TRANSITIONS for stage in transition.stages}


def decide(recovery: Recovery, event: Event, *, now: datetime, policy: Policy) -> Decision:
    """Returns the new state, the effects and the reason for one event. Accepts every event in every stage.

    `now` is the database's time (UTC).
    """
    stage = stage_of(recovery)
    rule = _RULES.get((stage, type(event)))
    if rule is None:
        return no_change(recovery, f"Nothing to do: the slot is {stage.lower()}.")
    return _with_remaining_time(rule(recovery, event, DecisionContext(now, policy)))


def _with_remaining_time(decision: Decision) -> Decision:
    """Shortens the slot to its confirmed booking, and offers the remaining time."""
    r = decision.recovery
    booking, offer = r.current.booking, r.current.offer
    if booking is None or booking.status is not BookingStatus.BOOKED or booking.ends_at is None or offer is None:
        return decision
    if booking.ends_at != offer.books_until or booking.ends_at >= r.slot.ends_at:
        return decision
    shorter = replace(r, slot=replace(r.slot, ends_at=booking.ends_at))
    opened = OpenRemainingTime(booking.ends_at, r.slot.ends_at)
    return replace(decision, recovery=shorter, effects=(*decision.effects, opened))
