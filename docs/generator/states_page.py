"""docs/states.md: the stages of a recovery and the transitions between them."""

import re
from collections import defaultdict

from docs.generator.markdown import code, page, sentence, table
from domain.recovery import RULE_MODULES, TRANSITIONS
from domain.rules.table import Transition
from domain.state import Stage

INTRODUCTION = """\
A recovery resells one slot opening. Its stage is never stored: `domain.state.stage_of` computes it from the columns,
so a row that was edited with SQL is also interpreted correctly. One pure function, `domain.recovery.decide`, returns
the new state, the effects and the reason for every event. An event changes nothing in a stage that has no rule for
it. A rule can also leave the state unchanged."""

ELSEWHERE = """\
`db.recoveries.recovery_changes` saves what `decide` returns. The following modules and triggers also write columns of
slot openings and offers, or the status of a recovery's booking or payment:"""

WRITTEN_ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    (
        "`db.appointments.slot_times`",
        "`slot_openings` row, `ends_at`, `source_appointment_id`",
        "Creates the opening (Looking).",
    ),
    (
        "`db.appointments.bookings`",
        "`appointments` row, `payments` row",
        "Books an appointment from outside, with its paid deposit.",
    ),
    (
        "`db.appointments.appointment_moves`",
        "`appointments` times, `source_slot_opening_id`",
        "Moves a booking; `AppointmentCancelled` follows for its old time.",
    ),
    (
        "`db.appointments.appointment_records`",
        "`appointments` prices, service, external id",
        "Changes columns that no rule reads, except the deposit, which applies to later offers.",
    ),
    ("`db.appointments.appointments`", "`appointments.status`", "Cancels a booking; `AppointmentCancelled` follows."),
    (
        "`db.appointments.appointments`",
        "`payments.status`",
        "Records that a payment was cancelled at Stripe together with its appointment.",
    ),
    (
        "`db.appointments.past_appointments`",
        "`appointments.status`, `payments.status`",
        "Settles or voids an appointment after its end.",
    ),
    ("`db.money.payments`", "`appointments.status`", "Confirms a paid booking that does not belong to a recovery."),
    (
        "`db.money.payments`",
        "`payments.status`",
        "Records processing, refunds and disputes; the stage does not change.",
    ),
    (
        "`db.recoveries.move_ups`",
        "`appointments.status`, `payments.appointment_id`",
        "Cancels an appointment that was moved up; the task `create_slot_opening` opens its time.",
    ),
    (
        "`db.money.balances`",
        "`payments` rows of kind `balance`",
        "Requests the outstanding part of a price; not part of a recovery.",
    ),
    (
        "`db.messages.messages`",
        "`slot_offers.expires_at`",
        "Sets the sending deadline just before the offer is sent.",
    ),
    ("`db.recoveries.offers`", "`slot_offers.ended_by`", "Records which member of staff ended the offer."),
    (
        "`db.recoveries.due`",
        "`slot_openings.next_search_at`",
        "Claims a due search, or makes a postponed search due now.",
    ),
    ("trigger `set_cooldown`", "`slot_offers.cooldown_until`", "Sets the cooldown when an offer is inserted."),
    ("trigger `move_cooldown`", "`slot_offers.cooldown_until`", "Starts the cooldown at the time of sending."),
    ("trigger `end_some_day`", "`slot_offers.expires_at`", "Adds a missing deadline to a live offer."),
    ("trigger `take_up_when_idle`", "`slot_openings.next_search_at`", "Schedules the search of an inserted opening."),
)

STAGES: dict[Stage, tuple[str, str]] = {
    Stage.LOOKING: ("`open`, no live offer", "The search for the next customer runs or is postponed."),
    Stage.OFFERING: ("`open`, with a live offer", "One customer has been asked and has time to answer."),
    Stage.HOLDING: ("a booking `pending_payment`", "A customer said YES; the slot is held for the deposit."),
    Stage.RECOVERED: ("`filled`, or a booking `booked`", "The slot is sold."),
    Stage.CLOSED: ("`expired`", "The search has ended; staff, a cancellation or a late payment can reopen it."),
}


def states_page() -> str:
    """Returns the page: the stages, the diagram, and the rules by module."""
    stages = table(("Stage", "How it is recognised", "What it means"), ((s, *words) for s, words in STAGES.items()))
    elsewhere = f"## Writes outside `decide`\n\n{ELSEWHERE}"
    writes = table(("Written by", "Columns", ""), WRITTEN_ELSEWHERE)
    return page(
        "States of a recovery", INTRODUCTION, stages, f"```mermaid\n{diagram()}\n```", *_rules(), elsewhere, writes
    )


def diagram() -> str:
    """Returns the transitions between stages as a Mermaid diagram.

    Events with the same start and end share an arrow.
    """
    order = list(Stage)
    labels: dict[tuple[Stage, Stage], list[str]] = defaultdict(list)
    for transition in TRANSITIONS:
        for start in transition.stages:
            for end in transition.to:
                if start is not end and words(transition.event) not in labels[start, end]:
                    labels[start, end].append(words(transition.event))
    pairs = sorted(labels, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    lines = [f"    {start} --> {end}: {'<br/>'.join(labels[start, end])}" for start, end in pairs]
    return "\n".join(("stateDiagram-v2", f"    [*] --> {Stage.LOOKING}: appointment cancelled", *lines))


def words(event: type[object]) -> str:
    """Returns the words of an event's class name: "offer accepted" for `OfferAccepted`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()


def _rules() -> list[str]:
    parts = []
    for module in RULE_MODULES:
        of_module = [transition for transition in TRANSITIONS if transition.rule.__module__ == module.__name__]
        heading = module.__name__.rpartition(".")[2].replace("_", " ").capitalize().replace(" yes", " YES")
        parts.append(f"## {heading}\n\n{sentence(module)}")
        parts.append(table(("Rule", "Event", "From", "To", "Description"), map(_row, of_module)))
    return parts


def _row(transition: Transition) -> tuple[str, ...]:
    return (
        code(transition.rule.__name__),
        code(transition.event.__name__),
        ", ".join(transition.stages),
        ", ".join(transition.to) or "unchanged",
        sentence(transition.rule),
    )
