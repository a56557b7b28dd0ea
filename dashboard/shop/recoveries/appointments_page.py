"""Filtered lists of upcoming appointments and slot recoveries, their CSV export, and the page of one appointment."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_recent_sign_in, signed_in
from dashboard.shop.audit_entry import note_action
from dashboard.shop.form_result import FormResult
from dashboard.shop.imports.csv_download import csv_answer
from dashboard.shop.recoveries import list_filters
from dashboard.shop.recoveries.list_filters import DAYS_OF, ORDER_LABELS, PAGE_SIZE, TABS, ListFilters
from dashboard.shop.recoveries.status_labels import doing, stage_label
from domain.plurals import counted
from views import appointment_list, id_lookup, page_versions, recovery_list, recovery_overview
from views.customer_search import ids_of
from views.recovery_list import ListStatus, RecoveryFilter
from views.recovery_overview import Overview

bp = Blueprint("appointments", __name__, url_prefix="/appointments")

UPCOMING_SHOWN = 10
MOST_IN_A_FILE = 5000
UNDER_WAY = (ListStatus.LOOKING, ListStatus.OFFERING, ListStatus.HOLDING)
HEADING = (
    *(
        "Slot opening",
        "Starts",
        "Ends",
        "Performer",
        "Service",
        "Status",
        "Stage",
        "Current step",
        "Customer",
        "Customers asked",
    ),
    *("Created", "Booking"),
)


@bp.get("")
def listing() -> ResponseReturnValue:
    """Lists upcoming appointments and slot recoveries."""
    filters, shop = list_filters.read(request.args), signed_in().shop
    with reading() as rows:
        version = page_versions.of_shop(rows, shop.id) if page_frame.part_only() else ""
        if old := page_frame.nothing_new(version, page_frame.SOON):
            return old
        if filters.words and (place := id_lookup.place_of(rows, shop.id, filters.words)):
            return redirect(url_for(place.endpoint, id=place.id), 303)
        counts, shown = _shown(rows, filters)
    busy = any(counts[standing] for standing in UNDER_WAY)
    return page_frame.page(
        "shop/appointments.html",
        follows=url_for("shop.streams.of_shop"),
        version=version,
        ask_again=page_frame.SOON if busy else page_frame.SELDOM,
        filters=filters,
        tabs=_tabs(counts),
        orders=ORDER_LABELS,
        days_of=DAYS_OF,
        doing=doing,
        stage_words=stage_label,
        **shown,
    )


def _shown(rows: Session, filters: ListFilters) -> tuple[dict[ListStatus, int], dict[str, object]]:
    """Returns the count of recoveries by status, and the values of the template."""
    shop, wanted, days = signed_in().shop, _wanted(rows, filters), _shown_of_calendar()
    counts, found = _page(rows, filters, wanted)
    upcoming = appointment_list.upcoming(rows, shop.id, wanted, limit=days + 1)
    return counts, {
        "found": found[:PAGE_SIZE],
        "more": len(found) > PAGE_SIZE,
        "bookings": recovery_list.bookings(rows, shop.id, [one.slot_opening_id for one in found]),
        "upcoming": upcoming[:days],
        "more_upcoming": len(upcoming) > days,
        "performers": appointment_list.performers(rows, shop.id),
    }


def _shown_of_calendar() -> int:
    """The maximum number of upcoming appointments to show."""
    return 500 if request.args.get("calendar") == "all" else UPCOMING_SHOWN


def _wanted(rows: Session, filters: ListFilters) -> RecoveryFilter:
    shop = signed_in().shop
    return filters.wanted(shop.timezone, ids_of(rows, shop.id, filters.words) if filters.words else None)


def _page(
    rows: Session, filters: ListFilters, wanted: RecoveryFilter
) -> tuple[dict[ListStatus, int], list[Overview]]:
    """Returns the count of recoveries by status, and a page of recoveries plus one recovery from the next page."""
    shop, offset = signed_in().shop, (filters.page - 1) * PAGE_SIZE
    counts, ids = recovery_list.page(rows, shop.id, wanted, order=filters.order, limit=PAGE_SIZE + 1, offset=offset)
    return counts, _in_order(rows, ids)


def _in_order(rows: Session, ids: list[UUID]) -> list[Overview]:
    found = recovery_overview.these(rows, ids, shop_id=signed_in().shop.id) if ids else []
    by_id = {one.slot_opening_id: one for one in found}
    return [by_id[id] for id in ids if id in by_id]


def _tabs(counts: dict[ListStatus, int]) -> list[tuple[str, str, int]]:
    """The key, name and count of each tab."""
    return [
        (key, name, sum(counts[one] for one in standings or ListStatus)) for key, (name, standings) in TABS.items()
    ]


@bp.get("/recoveries.csv")
@require_recent_sign_in
def file() -> Response:
    """Exports all pages of the filtered list as CSV."""
    filters, me = list_filters.read(request.args), signed_in()
    with reading() as rows:
        ids = recovery_list.ids(rows, me.shop.id, _wanted(rows, filters), order=filters.order, limit=MOST_IN_A_FILE)
        found = _in_order(rows, ids)
        came_of = recovery_list.bookings(rows, me.shop.id, ids)
    # This GET request writes, because the audit log records each export.
    with acting() as rows:
        reason = f"Exported {counted(len(found), 'recovery', 'recoveries')} as CSV."
        note_action(rows, "RecoveriesExported", reason)
    return csv_answer("slot-recovery", HEADING, _lines(found, came_of))


def _lines(found: list[Overview], came_of: dict[UUID, UUID]) -> Iterator[tuple[object, ...]]:
    style = page_frame.style()
    for one in found:
        yield (
            *(one.slot_opening_id, one.starts_at.isoformat(), one.ends_at.isoformat(), one.performer, one.service),
            *(one.status.value, stage_label(one).state, doing(one, style), one.customer, one.asked),
            *(one.created_at.isoformat(), came_of.get(one.slot_opening_id)),
        )


@bp.get("/<uuid:id>")
def detail(id: UUID) -> ResponseReturnValue:
    """Shows one appointment with its payments and its history."""
    return appointment_page(id)


def appointment_page(id: UUID, note: FormResult | None = None) -> Response:
    """Shows the page of one appointment. `note` contains a rejected note."""
    shop = signed_in().shop
    with reading() as rows:
        appointment = appointment_list.one(rows, shop.id, id)
        if appointment is None:
            abort(404)
        payments = appointment_list.payments(rows, shop.id, id)
        log = appointment_list.log(rows, shop.id, id)
    form = note or FormResult({"note": appointment.note or ""})
    return page_frame.form_page(
        "shop/appointment.html", appointment=appointment, payments=payments, log=log, form=form
    )
