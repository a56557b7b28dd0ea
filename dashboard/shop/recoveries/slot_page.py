"""The page of a slot recovery, with its timeline, its offers, the next customers, and the excluded customers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import may, reading, signed_in
from dashboard.shop.recoveries.staff_action_forms import offered
from dashboard.shop.recoveries.status_labels import doing, stage_label
from domain.state import RUNNING
from providers.code_descriptions import carrier_code, decline_code
from views import chains, judged_customers, page_versions, recovery_overview
from views.judged_customers import JudgedCustomer
from views.next_in_line import CustomerInLine, next_in_line
from views.recovery_overview import Overview
from views.timeline import Codes, audit_entries, message_entries, unlogged_entries
from views.timeline.merging import MergedEntry, merged
from views.timeline.timeline_rows import TimelineRows, read
from views.timeline.whole_timeline import in_order

bp = Blueprint("slots", __name__, url_prefix="/slot-openings")

CODES = Codes(carrier=carrier_code, decline=decline_code)
NEXT_SHOWN = 5
NOT_ASKED_SHOWN = 4
"""The maximum number of excluded customers if there is no search."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with its text message and its booking."""

    offer: Any
    text: Any
    code: str
    booking: Any


@bp.get("/<uuid:id>")
def show(id: UUID) -> ResponseReturnValue:
    """Shows the recovery. The parameter `who` is a search for customers."""
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
        ask_again=page_frame.SOON if recovery.stage in RUNNING else page_frame.SELDOM,
        recovery=recovery,
        who=who,
        every_step=request.args.get("steps") == "all",
        steps=offered(recovery),
        choosing=may("act") and recovery.stage in RUNNING and recovery.starts_at > recovery.now,
        doing=doing,
        stage_words=stage_label,
        **shown,
    )


def _shown(rows: Session, recovery: Overview, who: str) -> dict[str, object]:
    """The timeline, the offers, the next customers, and the excluded customers."""
    id, known = recovery.slot_opening_id, read(rows, recovery)
    return {
        "entries": _entries(known),
        "offers": _offers(known),
        "coming": _coming(rows, recovery),
        # This list is not part of the live section, so that updates do not interrupt a search.
        "judged": [] if page_frame.part_only() else _judged(rows, id, who),
        "booking": _booking(known),
        "chain": chains.chain_of(rows, recovery.shop_id, id) if recovery.in_chain else None,
    }


def _judged(rows: Session, id: UUID, who: str) -> list[JudgedCustomer]:
    """Returns the customers whom a rule excludes.

    A search also returns customers who can be asked or have already been asked.
    """
    shop = signed_in().shop
    found = judged_customers.judged(rows, shop.id, id, policy=shop.policy, words=who)
    if who:
        return found
    return [one for one in found if one.rule is not None and not one.facts.asked_for_this_slot][:NOT_ASKED_SHOWN]


def _entries(known: TimelineRows) -> list[MergedEntry]:
    """Returns the timeline, latest entry first. Steps that belong together are merged unless `steps=all` is set."""
    all_entries = [
        *unlogged_entries.entries(known),
        *message_entries.entries(known, CODES),
        *audit_entries.ended_by_staff(known),
        *audit_entries.entries(known, CODES),
    ]
    if request.args.get("steps") == "all":
        return [MergedEntry(entry) for entry in reversed(in_order(all_entries))]
    return [*reversed(merged([entry for entry in in_order(all_entries) if not entry.backstage]))]


def _coming(rows: Session, recovery: Overview) -> list[CustomerInLine]:
    """Returns the next customers in order, or none if the recovery has ended."""
    if recovery.stage not in RUNNING:
        return []
    return next_in_line(rows, recovery, policy=signed_in().shop.policy, limit=NEXT_SHOWN)


def _offers(known: TimelineRows) -> list[OfferRow]:
    text_of = {row["slot_offer_id"]: row for row in known.messages if row["purpose"] == "offer"}
    booking_of = {row["customer_id"]: row for row in known.appointments if row["source_slot_opening_id"]}
    return [
        _offer_row(offer, text_of.get(offer["id"]), booking_of.get(offer["customer_id"])) for offer in known.offers
    ]


def _offer_row(offer: Any, text: Any, booking: Any) -> OfferRow:
    code = carrier_code(text["error_code"]) if text is not None and text["error_code"] else ""
    return OfferRow(offer, text, code, booking)


def _booking(known: TimelineRows) -> UUID | None:
    """The live booking of this slot."""
    standing = [
        row["id"] for row in known.appointments if row["source_slot_opening_id"] and row["status"] in STANDING
    ]
    return standing[-1] if standing else None


STANDING = frozenset({"pending_payment", "booked", "settled", "voided"})
