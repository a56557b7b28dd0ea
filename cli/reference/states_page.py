"""docs/states.md: the stages of a recovery and every arrow between them."""

import re
from collections import defaultdict

from cli.reference.markdown import code, page, sentence, table
from domain.recovery import ARROWS, RULE_MODULES
from domain.rules.table import Transition
from domain.state import Stage

INTRODUCTION = """\
A recovery is one slot opening on its way to a new customer. Its stage is never stored: `domain.state.stage_of`
computes it from the columns, so a row edited by SQL means what it says. One pure function, `domain.recovery.decide`,
answers every event with the new state, the effects wanted, and why in plain words. An event that has no rule in a
stage changes nothing there; a rule may always change nothing."""

STAGES: dict[Stage, tuple[str, str]] = {
    Stage.LOOKING: ("`open`, nobody is asked", "The next customer is being looked for, or waited for."),
    Stage.OFFERING: ("`open`, with a live offer", "One customer has been asked and has time to answer."),
    Stage.HOLDING: (
        "a booking `pending_payment`",
        "One customer said YES; the slot is kept for the deposit.",
    ),
    Stage.RECOVERED: ("`filled`, or a booking `booked`", "The slot is sold."),
    Stage.CLOSED: ("`expired`", "Nobody is asked any more; staff, a cancellation or late money may still open it."),
}


def states_page() -> str:
    """Stages, the diagram, and the rules by module."""
    stages = table(("Stage", "How it is recognised", "What it means"), ((s, *words) for s, words in STAGES.items()))
    return page("States of a recovery", INTRODUCTION, stages, f"```mermaid\n{diagram()}\n```", *_rules())


def diagram() -> str:
    """Every arrow that changes the stage, in Mermaid; events that lead the same way share one."""
    order = list(Stage)
    labels: dict[tuple[Stage, Stage], list[str]] = defaultdict(list)
    for arrow in ARROWS:
        for start in arrow.stages:
            for end in arrow.to:
                if start is not end and words(arrow.event) not in labels[start, end]:
                    labels[start, end].append(words(arrow.event))
    pairs = sorted(labels, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    lines = [f"    {start} --> {end}: {'<br/>'.join(labels[start, end])}" for start, end in pairs]
    return "\n".join(("stateDiagram-v2", f"    [*] --> {Stage.LOOKING}: appointment cancelled", *lines))


def words(event: type[object]) -> str:
    """`OfferAccepted` as people say it: offer accepted."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()


def _rules() -> list[str]:
    parts = []
    for module in RULE_MODULES:
        of_module = [arrow for arrow in ARROWS if arrow.rule.__module__ == module.__name__]
        parts.append(f"## {module.__name__.rpartition('.')[2].replace('_', ' ').capitalize()}\n\n{sentence(module)}")
        parts.append(table(("Rule", "Event", "In", "May lead to", ""), map(_row, of_module)))
    return parts


def _row(arrow: Transition) -> tuple[str, ...]:
    return (
        code(arrow.rule.__name__),
        code(arrow.event.__name__),
        ", ".join(arrow.stages),
        ", ".join(arrow.to) or "stays",
        sentence(arrow.rule),
    )
