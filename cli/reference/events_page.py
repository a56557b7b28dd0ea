"""docs/reference/events-and-effects.md: what can happen to a recovery, and what is done about it."""

from cli.reference.markdown import code, page, sentence, table
from domain.effects import Effect
from domain.events import Event
from domain.recovery import ARROWS

BECOMES: dict[str, str] = {
    "SendText": "a row in `messages`, and the task `send_message`",
    "NotifyStaff": "a row in `notifications` and one in `audit_logs`",
}


def happenings_page() -> str:
    """Both lists, from the classes themselves."""
    events = table(
        ("Event", "What happened", "Rules that answer it"),
        ((code(event.__name__), sentence(event), _rules_for(event)) for event in Event.__args__),
    )
    effects = table(
        ("Effect", "What is wanted", "What it becomes, in the same transaction"),
        ((code(e.__name__), sentence(e), _becomes(e)) for e in Effect.__args__),
    )
    return page("Events and effects", f"## Events\n\n{events}", f"## Effects\n\n{effects}")


def _becomes(effect: type[Effect]) -> str:
    from worker.effect_rows import TASK_OF

    task = TASK_OF.get(effect)
    return f"the task {code(task)}" if task else BECOMES[effect.__name__]


def _rules_for(event: type[Event]) -> str:
    return ", ".join(code(arrow.rule.__name__) for arrow in ARROWS if arrow.event is event)
