"""What staff may do with a recovery by hand: what each step will do and to whom, said before it is done."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.session_access import acting, may, only, reading, signed_in
from dashboard.shop.status_labels import doing, stage_label
from db import candidates, pending_tasks
from domain.state import Stage
from views import recovery_overview
from views.recovery_overview import Overview

bp = Blueprint("steps", __name__, url_prefix="/slot-openings")

PATIENCE_SECONDS, LOOK_EVERY_SECONDS = 2.0, 0.05
"""How long the page waits for what came of it, so that it can show it."""


@dataclass(frozen=True, slots=True)
class Step:
    """`effect` may hold {who}: whoever is being asked; `next` is added where the next customer is asked."""

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
        "Ask the next one now",
        "bubble",
        OPEN,
        "{who}'s offer ends at once, as if the time to answer were over. A YES that still comes is told that it is "
        "too late, unless the slot is free.",
        "The search is taken up at once, without waiting for the next look.",
        asks_next=True,
    ),
    "stop": Step(
        "Stop asking",
        "Stop asking",
        "hand",
        OPEN,
        "{who}'s offer ends at once, and nobody else is asked. The time stays free in your calendar; you can start "
        "again later.",
        "Nobody else is asked. The time stays free in your calendar; you can start again later.",
    ),
    "sold_by_hand": Step(
        "Mark as sold by hand",
        "Sold by hand",
        "person",
        OPEN,
        "{who}'s offer ends at once, and nobody else is asked. Your calendar isn't changed: please book the "
        "customer you sold it to.",
        "Nobody else is asked. Your calendar isn't changed: please book the customer you sold it to.",
    ),
    "start_again": Step(
        "Start again",
        "Start again",
        "search",
        frozenset({Stage.CLOSED}),
        "The slot is offered again to customers who were not asked yet. Nobody is asked twice.",
        "The slot is offered again to customers who were not asked yet. Nobody is asked twice.",
        asks_next=True,
    ),
}


def offered(recovery: Overview) -> dict[str, Step]:
    """What may be done with it now, by whoever is signed in."""
    if not may("act") or recovery.starts_at <= recovery.now:
        return {}
    return {action: step for action, step in STEPS.items() if recovery.stage in step.stages}


@bp.get("/<uuid:id>/<any(ask_next, stop, sold_by_hand, start_again):action>")
@only("act")
def ask(id: UUID, action: str) -> ResponseReturnValue:
    """Says what it will do and to whom, before the button that does it."""
    shop, step = signed_in().shop, STEPS[action]
    with reading() as rows:
        recovery = recovery_overview.one(rows, id, shop_id=shop.id)
        if recovery is None:
            abort(404)
        coming = candidates.page(rows, id, policy=shop.policy, limit=1) if step.asks_next else []
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
@only("act")
def do(id: UUID, action: str) -> ResponseReturnValue:
    """Leaves it to the worker, under the slot's lock; the log says who wanted it."""
    shop, me = signed_in().shop, signed_in()
    with acting() as rows:
        if recovery_overview.one(rows, id, shop_id=shop.id) is None:
            abort(404)
        task = pending_tasks.add(rows, "step_in", id, action, me.staff_id, shop_id=shop.id)
    flash(*(_outcome(task) or ("It is on its way.", "calm")))
    return redirect(url_for("shop.slots.show", id=id), 303)


def _outcome(task: UUID) -> tuple[str, str] | None:
    """What the worker reported, if it did so soon, and its tone: only what was done is shown as done."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with reading() as rows:
            outcome = pending_tasks.outcome(rows, task)
        if outcome is not None:
            tone = "good" if outcome.get("outcome") in STEPS else "stop"
            return str(outcome.get("reason") or outcome.get("outcome")), tone
        time.sleep(LOOK_EVERY_SECONDS)
    return None
