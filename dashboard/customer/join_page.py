"""The public page on which customers join a shop's waiting list and verify their phone number with a texted code.

The response does not reveal whether the number is already known or opted out, or whether a limit was reached.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from dashboard.catalogues import SOURCE_LANGUAGE, TRANSLATED, language, translate, use_locale
from dashboard.customer import join_consents, wishes_form
from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access.session_access import digest
from dashboard.shop.access.visitor_limits import visitor
from dashboard.shop.form_result import FormResult, typed
from db.tasks import pending_tasks
from db.waitlist import join_requests, waitlist, waitlist_links
from db.waitlist.join_requests import JoinAttempt, NewRequest
from db.waitlist.wish_rows import FROM_JSON
from domain import join_consent
from domain.date_wording import language_of
from domain.phones.parsing import PhoneNumber, country_of, parse
from domain.sign_in_codes import is_code
from domain.wishes import WISH_FIELDS
from views import waitlist_entries

log = structlog.get_logger()
bp = Blueprint("join", __name__, url_prefix="/join")

LONGEST_NAME, LONGEST_ADDRESS = 120, 64
LANGUAGES = (SOURCE_LANGUAGE, *TRANSLATED)
READERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("service_id", "performer_id"), UUID),
    **{field.column: FROM_JSON[field.kind] for field in WISH_FIELDS},
}
"""Parsers for the stored wishes. JSON stores ids, days and times as text."""


@bp.get("/<link_token:token>")
def show(token: str) -> ResponseReturnValue:
    """Shows the form."""
    shop = _shop(token)
    return _form(shop, token, FormResult())


@bp.post("/<link_token:token>")
def send(token: str) -> ResponseReturnValue:
    """Starts a task that texts a code, unless a limit is reached. Every valid form gets the same response."""
    shop = _shop(token)
    with page_dependencies().reading() as rows:
        choices, today = waitlist_entries.choices(rows, shop.id), waitlist.today(rows, shop.id)
    found = wishes_form.read(request.form, *choices, today=today)
    phone = _person(found, shop)
    consents, email = join_consents.read(request.form, shop, found)
    if found.wrong or phone is None:
        return _form(shop, token, found)
    browser = secrets.token_urlsafe(32)
    new = _new_request(shop.id, found.values, phone=phone, consents=consents, email=email, browser=browser)
    with page_dependencies().transactions() as rows:
        if join_requests.add(rows, new):
            pending_tasks.add(rows, "send_join_code", new.id, shop_id=shop.id)
        else:
            log.info("join_limited", shop=str(shop.id))
    session["join"] = {"request": str(new.id), "browser": browser, "language": language()}
    if email:
        session["join"]["email"] = "asked"
    return redirect(url_for("join.enter", token=token), 303)


def _new_request(
    shop_id: UUID, wishes: Mapping[str, Any], *, phone: str, consents: dict[str, str], email: str | None, browser: str
) -> NewRequest:
    return NewRequest(
        id=uuid4(),
        shop_id=shop_id,
        name=typed(request.form, "name"),
        phone=phone,
        locale=language(),
        wishes={name: value for name, value in wishes.items() if name in waitlist.WISHES and value is not None},
        consents=consents,
        email=email,
        consent_version=join_consent.VERSION,
        consent_address=(request.remote_addr or "")[:LONGEST_ADDRESS],
        visitor=visitor(),
        browser_hash=digest(browser),
    )


@bp.get("/<link_token:token>/code")
def enter(token: str) -> ResponseReturnValue:
    """Shows the form for the code."""
    shop = _shop(token)
    if not _pending():
        return redirect(url_for("join.show", token=token), 303)
    return _page("customer/join_code.html", shop, token, problem="")


@bp.post("/<link_token:token>/code")
def check(token: str) -> ResponseReturnValue:
    """Adds the entry if the code is correct. All wrong codes get the same response."""
    shop, pending = _shop(token), _pending()
    if not pending:
        return redirect(url_for("join.show", token=token), 303)
    entry_token = _join(shop, UUID(pending["request"]), pending["browser"], request.form.get("code", "")[:40])
    if entry_token is None:
        wrong = translate("That code isn't valid. A code works once, for ten minutes and five attempts.")
        return make_response(_page("customer/join_code.html", shop, token, problem=wrong), 422)
    session.pop("join", None)
    if pending.get("email"):
        flash(translate("To get e-mails about free times, open the link that we e-mail you."))
    return redirect(url_for("waitlist_entry.show", token=entry_token), 303)


def _join(shop: Row[Any], request_id: UUID, browser: str, code: str) -> str | None:
    keys = page_dependencies().settings.secret_keys
    with page_dependencies().transactions() as rows:
        tried = join_requests.count_a_try(rows, request_id, shop_id=shop.id, browser_hash=digest(browser))
        right = tried is not None and is_code(code, keys=keys, code_id=tried.id, nonce=tried.nonce)
        if tried is None or not right or tried.opted_out or not join_requests.use(rows, tried.id):
            return None
        wishes = _stored(tried)
        # If the service or performer has been removed in the meantime, the wish becomes "any".
        while unknown := waitlist.unknown_reference(rows, shop.id, wishes):
            del wishes[unknown]
        entry_id, entry_token = waitlist_links.join(rows, tried, wishes)
        pending_tasks.add(rows, "confirm_joining", entry_id, shop_id=shop.id)
        return entry_token


def _stored(tried: JoinAttempt) -> dict[str, Any]:
    """Converts the wishes to column values."""
    return {name: READERS[name](value) if name in READERS else value for name, value in tried.wishes.items()}


def _person(found: FormResult, shop: Row[Any]) -> str | None:
    """Reads the name and phone number into `found`. Returns the number in E.164, or None if it is invalid."""
    name, parsed = typed(request.form, "name"), parse(typed(request.form, "phone"), _country(shop))
    if not name or len(name) > LONGEST_NAME:
        found.wrong["name"] = translate("Enter your name.")
    if not isinstance(parsed, PhoneNumber) or parsed.no_texts:
        found.wrong["phone"] = translate("Enter a mobile number that can get texts, with its country code.")
    return parsed.e164 if isinstance(parsed, PhoneNumber) else None


def _country(shop: Row[Any]) -> str | None:
    return country_of(shop.country, shop.sms_from)


def _pending() -> dict[str, str]:
    found = session.get("join")
    return found if isinstance(found, dict) else {}


def _shop(token: str) -> Row[Any]:
    """Returns the shop and sets the language: the form's, or else the browser's, or else the shop's."""
    with page_dependencies().reading() as rows:
        shop = waitlist_links.shop_by_token(rows, token)
    if shop is None:
        abort(404)
    wanted = request.form.get("language") or _pending().get("language", "")
    best = request.accept_languages.best_match(LANGUAGES) or language_of(shop.locale)
    use_locale(wanted if wanted in LANGUAGES else best)
    return shop


def _form(shop: Row[Any], token: str, found: FormResult) -> ResponseReturnValue:
    with page_dependencies().reading() as rows:
        services, performers = waitlist_entries.choices(rows, shop.id)
    page = _page(
        "customer/join.html",
        shop,
        token,
        wrong=found.wrong,
        typed=request.form,
        services=services,
        performers=performers,
        weekdays=wishes_form.weekdays(),
        boxes=join_consents.boxes(shop),
        version=join_consent.VERSION,
    )
    return make_response(page, 422 if found.wrong else 200)


def _page(template: str, shop: Row[Any], token: str, **values: Any) -> str:
    return render_template(template, page={"shop": shop}, token=token, **values)
