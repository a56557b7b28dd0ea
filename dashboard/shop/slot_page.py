"""One recovery: its story with the reason for each step, who was asked, who is next, who isn't, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.session_access import reading, signed_in
from dashboard.shop.staff_action_forms import offered
from dashboard.shop.status_labels import doing, stage_label
from db import candidates
from db.candidates import Candidate
from domain.state import Stage
from providers.code_descriptions import carrier_code, decline_code
from views import ineligible_customers, page_versions, recovery_overview
from views.ineligible_customers import IneligibleCustomer
from views.recovery_overview import Overview
from views.timeline import Codes, TimelineEntry, audit_entries, message_entries, unlogged_entries
from views.timeline.build import in_order
from views.timeline.timeline_rows import Rows, read

bp = Blueprint("slots", __name__, url_prefix="/slot-openings")

CODES = Codes(carrier=carrier_code, decline=decline_code)
NEXT_SHOWN = 5
LOOKED_FOR = (Stage.LOOKING, Stage.OFFERING, Stage.HOLDING)


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One row of the table of offers: the offer, its text, and the booking that came of it."""

    offer: Any
    text: Any
    code: str
    booking: Any


@bp.get("/<uuid:id>")
def show(id: UUID) -> ResponseReturnValue:
    """The whole story. `who` narrows the list of those who are not asked."""
    shop, who = signed_in().shop, request.args.get("who", "").strip()[:100]
    with reading() as rows:
        version = page_versions.of_slot(rows, shop.id, id) if page_frame.part_only() else ""
        if old := page_frame.nothing_new(version, page_frame.SOON):
            return old
        recovery = recovery_overview.one(rows, id, shop_id=shop.id)
        if recovery is None:
            abort(404)
        shown = _shown(rows, recovery, who)
    return page_frame.page(
        "shop/slot.html",
        follows=url_for("shop.streams.of_slot", id=id),
        version=version,
        ask_again=page_frame.SOON if recovery.stage in LOOKED_FOR else page_frame.SELDOM,
        recovery=recovery,
        who=who,
        every_step=request.args.get("steps") == "all",
        steps=offered(recovery),
        doing=doing,
        stage_words=stage_label,
        **shown,
    )


def _shown(rows: Session, recovery: Overview, who: str) -> dict[str, object]:
    """What happened, who was asked, who is next, and who isn't."""
    id, known = recovery.slot_opening_id, read(rows, recovery)
    return {
        "entries": _entries(known),
        "offers": _offers(known),
        "coming": _coming(rows, recovery),
        # Not in the live part: somebody may be reading it, or looking for somebody in it.
        "skipped": [] if page_frame.part_only() else _skipped(rows, id, who),
        "booking": _booking(known),
    }


def _skipped(rows: Session, id: UUID, who: str) -> list[IneligibleCustomer]:
    """Whom the rules keep from being asked; who was asked stands elsewhere, and here only when looked for."""
    shop = signed_in().shop
    found = ineligible_customers.ineligible(rows, shop.id, id, policy=shop.policy, words=who)
    return [one for one in found if who or not one.facts.asked_for_this_slot]


def _entries(known: Rows) -> list[TimelineEntry]:
    """What happened, the latest first; with `steps=all` also what is of interest only to whoever looks closer."""
    told = [
        *unlogged_entries.entries(known),
        *message_entries.entries(known, CODES),
        *audit_entries.ended_by_staff(known),
        *audit_entries.entries(known, CODES),
    ]
    every = request.args.get("steps") == "all"
    return [entry for entry in reversed(in_order(told)) if every or not entry.backstage]


def _coming(rows: Session, recovery: Overview) -> list[Candidate]:
    """Who would be asked next, in order, while anybody is."""
    if recovery.stage not in LOOKED_FOR:
        return []
    return candidates.page(rows, recovery.slot_opening_id, policy=signed_in().shop.policy, limit=NEXT_SHOWN)


def _offers(known: Rows) -> list[OfferRow]:
    text_of = {row["slot_offer_id"]: row for row in known.messages if row["purpose"] == "offer"}
    booking_of = {row["customer_id"]: row for row in known.appointments if row["source_slot_opening_id"]}
    return [_asked(offer, text_of.get(offer["id"]), booking_of.get(offer["customer_id"])) for offer in known.offers]


def _asked(offer: Any, text: Any, booking: Any) -> OfferRow:
    code = carrier_code(text["error_code"]) if text is not None and text["error_code"] else ""
    return OfferRow(offer, text, code, booking)


def _booking(known: Rows) -> UUID | None:
    """The appointment that came of it and stands."""
    standing = [row["id"] for row in known.appointments if row["source_slot_opening_id"] and row["status"] in STANDS]
    return standing[-1] if standing else None


STANDS = frozenset({"pending_payment", "booked", "settled", "voided"})
