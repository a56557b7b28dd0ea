"""The only place where the state of a recovery changes: `decide`.

The stages stand in `domain.state`, the rules in `domain.rules`. A rule is named by the stages it holds in, the event
it answers and the stages it may lead to; its docstring is the sentence on that arrow in docs/states.md. Whatever has
no rule changes nothing.
"""

from datetime import datetime

from domain.events import Event
from domain.policy import Policy
from domain.rules import holding, offering, payments_received, searching, staff_actions
from domain.rules.table import ARROWS, Decision, DecisionContext
from domain.rules.transitions import nothing
from domain.state import Recovery, Stage, stage_of

__all__ = ["ARROWS", "RULE_MODULES", "Decision", "Stage", "decide", "stage_of"]

RULE_MODULES = (searching, offering, holding, payments_received, staff_actions)
_RULES = {(stage, arrow.event): arrow.rule for arrow in ARROWS for stage in arrow.stages}


def decide(recovery: Recovery, event: Event, *, now: datetime, policy: Policy) -> Decision:
    """What becomes of a recovery when this happens. Total: every event is acceptable in every stage."""
    stage = stage_of(recovery)
    rule = _RULES.get((stage, type(event)))
    if rule is None:
        return nothing(recovery, f"Nothing to do: the slot is {stage.lower()}.")
    return rule(recovery, event, DecisionContext(now, policy))
