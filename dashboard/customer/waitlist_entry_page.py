"""The page on which a customer views, changes or ends a waiting-list entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.catalogues import translate, use_locale
from dashboard.customer import wishes_form, wishes_wording
from dashboard.page_dependencies import page_dependencies
from db.audit import CUSTOMER
from db.waitlist import waitlist, waitlist_links
from db.waitlist.waitlist_links import WaitlistEntryPage
from views import waitlist_entries, waitlist_place

bp = Blueprint("waitlist_entry", __name__, url_prefix="/waitlist")

LIFE = timedelta(days=30)
"""The time for which the link works after the entry has ended."""


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Shows the entry and the form to change it. Changes nothing, because mail scanners open every link."""
    return _page(_find(token), token, {}, None)


@bp.post("/<link_token:token>")
def change(token: str) -> ResponseReturnValue:
    """Changes the customer's wishes."""
    page = _find(token)
    with page_dependencies().reading() as rows:
        choices, today = waitlist_entries.choices(rows, page.shop.id), waitlist.today(rows, page.shop.id)
    found = wishes_form.read(request.form, *choices, today=today)
    if found.wrong:
        return _page(page, token, found.wrong, request.form)
    with page_dependencies().transactions() as rows:
        changed = waitlist.change(rows, page.shop.id, page.entry.id, found.values, by=CUSTOMER)
    if changed is not None:
        flash(translate("Saved."))
    return redirect(url_for("waitlist_entry.show", token=token), 303)


@bp.post("/<link_token:token>/leave")
def leave(token: str) -> ResponseReturnValue:
    """Ends the entry. Idempotent. The customer stays opted in to texts."""
    page = _find(token)
    with page_dependencies().transactions() as rows:
        waitlist_links.leave(rows, page)
    return redirect(url_for("waitlist_entry.show", token=token), 303)


def _find(token: str) -> WaitlistEntryPage:
    with page_dependencies().reading() as rows:
        page = waitlist_links.entry_by_token(rows, token)
    if page is None:
        abort(404)
    use_locale(page.locale)
    if page.entry.ended_at is not None and page.entry.ended_at + LIFE <= page.now:
        abort(410)
    return page


def _page(page: WaitlistEntryPage, token: str, wrong: dict[str, str], typed: Any) -> ResponseReturnValue:
    with page_dependencies().reading() as rows:
        services, performers = waitlist_entries.choices(rows, page.shop.id)
        waits = page.entry.status == "active" and page.shop.show_waitlist_place
        place = waitlist_place.place_of(rows, page.shop.id, page.entry.id) if waits else None
    html = render_template(
        "customer/waitlist_entry.html",
        page=page,
        token=token,
        wrong=wrong,
        typed=wishes_form.as_typed(page.entry) if typed is None else typed,
        services=services,
        performers=performers,
        weekdays=wishes_form.weekdays(),
        place=place,
        wishes_in_words=wishes_wording.in_words(page.entry, services, performers, locale=page.locale),
    )
    return make_response(html, 422 if wrong else 200)
