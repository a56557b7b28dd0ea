"""What every page of the shop's shares: the frame around it, its live part alone, and the answer "nothing new"."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, session
from flask.typing import ResponseReturnValue

from dashboard.formatting import Style
from dashboard.page_dependencies import page_dependencies
from dashboard.shop import status_labels
from dashboard.shop.session_access import WORKS_AT, may, signed_in
from domain.phones.e164 import mask

PART = "X-Part"
"""The header with which a page asks for its live part alone."""

SOON, SELDOM = 2, 10
"""Seconds until a page asks again: while something is under way, and else."""


def style() -> Style:
    """The shop's way of writing dates and amounts."""
    return Style(signed_in().shop.timezone, signed_in().shop.locale)


def page(
    template: str, *, follows: str = "", version: str = "", ask_again: int = SELDOM, **values: object
) -> Response:
    """The page, or the live part of it when that is all that was asked for. `follows`: the stream of its news."""
    outer = "shop/part.html" if part_only() else "shop/frame.html"
    answer = make_response(render_template(template, frame=outer, follows=follows, **_everywhere(), **values))
    if version:
        answer.headers["ETag"] = f'"{version}"'
        answer.headers["X-Ask-Again"] = str(ask_again)
    return answer


def _everywhere() -> dict[str, object]:
    """What every template may speak of."""
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
    }


def part_only() -> bool:
    """Whether an open page asks again for what may have changed on it."""
    return PART in request.headers


def nothing_new(version: str, ask_again: int) -> ResponseReturnValue | None:
    """304 for who has this version already."""
    if not version or request.headers.get("If-None-Match") != f'"{version}"':
        return None
    answer = make_response("", 304)
    answer.headers["X-Ask-Again"] = str(ask_again)
    return answer


def shown_phone(phone: str | None) -> str:
    """In full only for those who work with it."""
    if not phone:
        return "no phone"
    return phone if may("act") else mask(phone)


def test_mode() -> bool:
    """Whether no real card is charged here."""
    settings = page_dependencies().settings
    return settings.environment != "production" or settings.stripe_publishable_key.startswith("pk_test_")
