"""Lets staff skip a customer for one slot, or choose the next customer. A page explains each action."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.recoveries.staff_action_forms import outcome_of
from db.recoveries import candidates
from db.tasks import pending_tasks
from domain.eligibility import why_not
from domain.state import Stage
from views import recovery_overview

bp = Blueprint("choices", __name__, url_prefix="/slot-openings")


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """One action.

    `name` and `effect` may contain {who}. `asking` replaces `effect` while another customer has an offer.
    """

    name: str
    button: str
    icon: str
    effect: str
    asking: str = ""


CHOICES = {
    "pick": ChoicePage(
        "Ask {who} next",
        "Ask next",
        "bubble",
        "{who} will get the offer right away, before everyone else in line.",
        "{who} will be asked next, if the customer who has the offer now doesn't take the slot.",
    ),
    "skip": ChoicePage(
        "Skip {who} for this slot",
        "Skip",
        "hand",
        "{who} won't be asked about this slot. Other customers will still be asked.",
    ),
    "unskip": ChoicePage(
        "Stop skipping {who}",
        "Stop skipping",
        "search",
        "{who} can then be asked about this slot again, in the usual order.",
    ),
}


@bp.get("/<uuid:id>/customers/<uuid:customer_id>/<any(pick, skip, unskip):action>")
@require_permission("act")
def ask(id: UUID, customer_id: UUID, action: str) -> ResponseReturnValue:
    """Shows the confirmation page of an action. For `pick`, states the rule that forbids the choice, if any."""
    shop, choice = signed_in().shop, CHOICES[action]
    with reading() as rows:
        recovery = recovery_overview.one(rows, id, shop_id=shop.id)
        candidate = candidates.one(rows, id, customer_id)
    if recovery is None or candidate is None or not candidate.facts.same_shop:
        abort(404)
    who = candidate.name or "The customer"
    rule = why_not(candidate.facts, now=recovery.now, policy=shop.policy) if action == "pick" else None
    asking = recovery.stage is not Stage.LOOKING and choice.asking
    return page_frame.page(
        "shop/choice.html",
        recovery=recovery,
        customer_id=customer_id,
        action=action,
        choice=choice,
        name=choice.name.format(who=who),
        effect=(asking or choice.effect).format(who=who),
        refusal=f"{who} can't be asked next. {rule.reason}" if rule else "",
    )


@bp.post("/<uuid:id>/customers/<uuid:customer_id>/<any(pick, skip, unskip):action>")
@require_permission("act")
def do(id: UUID, customer_id: UUID, action: str) -> ResponseReturnValue:
    """Starts a worker task, which checks the rules under the slot's lock and logs who decided."""
    shop, me = signed_in().shop, signed_in()
    with acting() as rows:
        candidate = candidates.one(rows, id, customer_id)
        if recovery_overview.one(rows, id, shop_id=shop.id) is None or not (candidate and candidate.facts.same_shop):
            abort(404)
        task = pending_tasks.add(rows, "choose_customer", id, action, customer_id, me.staff_id, shop_id=shop.id)
    flash(*(outcome_of(task, CHOICES) or ("Working on it. This page updates automatically.", "calm")))
    return redirect(url_for("shop.slots.show", id=id), 303)
