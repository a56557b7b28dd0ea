"""Renders the shop's pages, in full or only their live part. Responds with 304 if nothing has changed."""

from typing import Any

from flask import Response, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from dashboard.formatting import Style
from dashboard.page_dependencies import page_dependencies
from dashboard.shop.access.session_access import WORKS_AT, may, signed_in
from dashboard.shop.form_result import FormResult
from dashboard.shop.recoveries import status_labels
from dashboard.shop.settings import sections
from dashboard.shop.settings.section import SettingsSection
from domain.phones.e164 import mask

PART = "X-Part"
"""The header that requests only the live part of a page."""

SOON, SELDOM = 2, 10
"""Seconds between polls while a recovery is active, and while no recovery is active."""


def style() -> Style:
    """The format of dates and amounts for this shop."""
    return Style(signed_in().shop.timezone, signed_in().shop.locale)


def page(
    template: str, *, follows: str = "", version: str = "", ask_again: int = SELDOM, **values: object
) -> Response:
    """Renders the page, or only its live part if requested. `follows` is the URL of the page's event stream."""
    outer = "shop/part.html" if part_only() else "shop/frame.html"
    answer = make_response(render_template(template, frame=outer, follows=follows, **_common_values(), **values))
    if version:
        answer.headers["ETag"] = f'"{version}"'
        answer.headers["X-Ask-Again"] = str(ask_again)
    return answer


def form_page(template: str, *, form: FormResult, **values: Any) -> Response:
    """Renders the page of a form, with status 422 if a value is invalid."""
    answer = page(template, form=form, **values)
    answer.status_code = 422 if form.wrong else 200
    return answer


def _common_values() -> dict[str, object]:
    """The values that every template uses."""
    me = signed_in()
    return {
        "me": me,
        "shop": me.shop,
        "now": me.now,
        "style": style(),
        "may": may,
        "words": status_labels,
        "ago": status_labels.ago,
        "shown_phone": shown_phone,
        "mask": mask,
        "several_shops": WORKS_AT in session,
        "test_mode": test_mode(),
        "settings_navigation": sections.navigation(owner=may("manage")),
        "settings_blueprints": sections.BLUEPRINTS,
        "settings_url": settings_url,
    }


def settings_url(section: SettingsSection) -> str:
    """The path of a section's page."""
    return url_for(section.endpoint) if section.endpoint else url_for("shop.settings.section", slug=section.slug)


def part_only() -> bool:
    """Whether only the live part is requested."""
    return PART in request.headers


def nothing_new(version: str, ask_again: int) -> ResponseReturnValue | None:
    """Returns a 304 response if the browser has this version, otherwise None."""
    if not version or request.headers.get("If-None-Match") != f'"{version}"':
        return None
    answer = make_response("", 304)
    answer.headers["X-Ask-Again"] = str(ask_again)
    return answer


def shown_phone(phone: str | None) -> str:
    """The phone number, masked for view-only staff."""
    if not phone:
        return "No phone number"
    return phone if may("act") else mask(phone)


def test_mode() -> bool:
    """Whether payments are in test mode."""
    settings = page_dependencies().settings
    return settings.environment != "production" or settings.stripe_publishable_key.startswith("pk_test_")
