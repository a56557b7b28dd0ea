"""docs/reference/events-and-effects.md: the events and effects of a recovery."""

from docs.generator.markdown import code, page, sentence, table
from domain.effects import Effect
from domain.events import Event
from domain.recovery import TRANSITIONS

BECOMES: dict[str, str] = {
    "SendText": "a row in `messages`, and the task `send_message`",
    "ReplaceAppointment": "changes in `appointments` and `payments`, and the task `create_slot_opening`",
    "OpenRemainingTime": "a row in `slot_openings` and one in `audit_logs`, and the task `send_next_offer`",
    "NotifyStaff": "a row in `notifications` and one in `audit_logs`",
}


def events_page() -> str:
    """Returns the page, with descriptions from the docstrings of the classes."""
    events = table(
        ("Event", "Meaning", "Rules that handle it"),
        ((code(event.__name__), sentence(event), _rules_for(event)) for event in Event.__args__),
    )
    effects = table(
        ("Effect", "Meaning", "Written in the same transaction"),
        ((code(e.__name__), sentence(e), _becomes(e)) for e in Effect.__args__),
    )
    return page("Events and effects", f"## Events\n\n{events}", f"## Effects\n\n{effects}")


def _becomes(effect: type[Effect]) -> str:
    from worker.apply_events import TASK_OF

    task = TASK_OF.get(effect)
    return f"the task {code(task)}" if task else BECOMES[effect.__name__]


def _rules_for(event: type[Event]) -> str:
    return ", ".join(code(transition.rule.__name__) for transition in TRANSITIONS if transition.event is event)
