"""docs/states.md: the stages of a recovery and the transitions between them."""

import re
from collections import defaultdict

from docs.generator.markdown import code, page, sentence, table
from domain.recovery import ARROWS, RULE_MODULES
from domain.rules.table import Transition
from domain.state import Stage

INTRODUCTION = """\
A recovery is one slot opening on its way to a new customer. Its stage is never stored: `domain.state.stage_of`
computes it from the columns, so a row edited with SQL is interpreted correctly. One pure function,
`domain.recovery.decide`, handles every event and returns the new state, the effects and the reason in plain words. An
event without a rule for the current stage changes nothing, and a rule may decide to change nothing."""

STAGES: dict[Stage, tuple[str, str]] = {
    Stage.LOOKING: ("`open`, no live offer", "The next customer is being searched for."),
    Stage.OFFERING: ("`open`, with a live offer", "One customer was asked and has time to answer."),
    Stage.HOLDING: (
        "a booking `pending_payment`",
        "One customer said YES; the slot is held until the deposit is paid.",
    ),
    Stage.RECOVERED: ("`filled`, or a booking `booked`", "The slot is sold."),
    Stage.CLOSED: (
        "`expired`",
        "No more customers are asked. Staff, a cancellation or a late payment can reopen it.",
    ),
}


def states_page() -> str:
    """Stages, the diagram and the rules by module."""
    stages = table(("Stage", "Computed from", "Meaning"), ((s, *words) for s, words in STAGES.items()))
    return page("States of a recovery", INTRODUCTION, stages, f"```mermaid\n{diagram()}\n```", *_rules())


def diagram() -> str:
    """A Mermaid state diagram; events with the same start and end share an arrow."""
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
    """`OfferAccepted` as words: offer accepted."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()


def _rules() -> list[str]:
    parts = []
    for module in RULE_MODULES:
        of_module = [arrow for arrow in ARROWS if arrow.rule.__module__ == module.__name__]
        parts.append(f"## {module.__name__.rpartition('.')[2].replace('_', ' ').capitalize()}\n\n{sentence(module)}")
        parts.append(table(("Rule", "Event", "From", "To", "Description"), map(_row, of_module)))
    return parts


def _row(arrow: Transition) -> tuple[str, ...]:
    return (
        code(arrow.rule.__name__),
        code(arrow.event.__name__),
        ", ".join(arrow.stages),
        ", ".join(arrow.to) or "unchanged",
        sentence(arrow.rule),
    )
