"""The staff actions on a recovery. Each action has a confirmation page with an explanation."""

import time
from collections.abc import Container
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, may, reading, require_permission, signed_in
from dashboard.shop.recoveries.status_labels import doing, stage_label
from db.recoveries import candidates
from db.tasks import pending_tasks
from domain.state import Stage
from views import recovery_overview
from views.recovery_overview import Overview

bp = Blueprint("steps", __name__, url_prefix="/slot-openings")

PATIENCE_SECONDS, LOOK_EVERY_SECONDS = 2.0, 0.05
"""The maximum wait for the worker's result, and the interval between two checks, in seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action.

    `effect` may contain {who}, the customer with an offer. `without_offer` replaces `effect` if there is no offer.
    """

    name: str
    button: str
    icon: str
    stages: frozenset[Stage]
    effect: str
    without_offer: str
    asks_next: bool = False


OPEN = frozenset({Stage.LOOKING, Stage.OFFERING})
STEPS: dict[str, Step] = {
    "ask_next": Step(
        "Ask the next customer now",
        "Ask next customer",
        "bubble",
        OPEN,
        "{who}'s offer will end. If {who} then replies YES, we'll reply that it's too late, unless the slot is still "
        "free.",
        "We'll look for the next customer right away.",
        asks_next=True,
    ),
    "stop": Step(
        "Stop asking",
        "Stop asking",
        "hand",
        OPEN,
        "{who}'s offer will end, and no one else will be asked. The time will stay free in your calendar. You can "
        "start again later.",
        "No one else will be asked. The time will stay free in your calendar. You can start again later.",
    ),
    "sold_by_hand": Step(
        "Mark as filled by you",
        "Mark as filled",
        "person",
        OPEN,
        "{who}'s offer will end, and no one else will be asked. Your calendar won't change: book the new "
        "customer there.",
        "No one else will be asked. Your calendar won't change: book the new customer there.",
    ),
    "start_again": Step(
        "Start again",
        "Start again",
        "search",
        frozenset({Stage.CLOSED}),
        "We'll offer the slot to customers who haven't been asked yet. No one is asked twice.",
        "We'll offer the slot to customers who haven't been asked yet. No one is asked twice.",
        asks_next=True,
    ),
}


def offered(recovery: Overview) -> dict[str, Step]:
    """The actions that the signed-in staff member can take now."""
    if not may("act") or recovery.starts_at <= recovery.now:
        return {}
    return {action: step for action, step in STEPS.items() if recovery.stage in step.stages}


@bp.get("/<uuid:id>/<any(ask_next, stop, sold_by_hand, start_again):action>")
@require_permission("act")
def ask(id: UUID, action: str) -> ResponseReturnValue:
    """Shows the confirmation page of an action."""
    shop, step = signed_in().shop, STEPS[action]
    with reading() as rows:
        recovery = recovery_overview.one(rows, id, shop_id=shop.id)
        if recovery is None:
            abort(404)
        coming = candidates.first(rows, id, policy=shop.policy, limit=1) if step.asks_next else []
    asking = recovery.stage is Stage.OFFERING
    effect = step.effect.format(who=recovery.customer or "The customer") if asking else step.without_offer
    return page_frame.page(
        "shop/step.html",
        recovery=recovery,
        action=action,
        step=step,
        possible=action in offered(recovery),
        effect=effect,
        coming=coming,
        doing=doing,
        stage_words=stage_label,
    )


@bp.post("/<uuid:id>/<any(ask_next, stop, sold_by_hand, start_again):action>")
@require_permission("act")
def do(id: UUID, action: str) -> ResponseReturnValue:
    """Starts a worker task, which acts under the slot's lock and logs who acted."""
    shop, me = signed_in().shop, signed_in()
    with acting() as rows:
        if recovery_overview.one(rows, id, shop_id=shop.id) is None:
            abort(404)
        task = pending_tasks.add(rows, "step_in", id, action, me.staff_id, shop_id=shop.id)
    flash(*(outcome_of(task, STEPS) or ("Working on it. This page updates automatically.", "calm")))
    return redirect(url_for("shop.slots.show", id=id), 303)


def outcome_of(task: UUID, actions: Container[str]) -> tuple[str, str] | None:
    """Returns the worker's result and its tone, or None if the worker does not finish within PATIENCE_SECONDS.

    The tone is good if the outcome is one of `actions`.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with reading() as rows:
            outcome = pending_tasks.outcome(rows, task)
        if outcome is not None:
            tone = "good" if outcome["outcome"] in actions else "stop"
            return outcome.get("reason") or outcome["outcome"], tone
        time.sleep(LOOK_EVERY_SECONDS)
    return None
