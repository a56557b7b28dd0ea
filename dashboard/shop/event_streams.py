"""Tells open pages that there is something new, as server-sent events; they ask for the news themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Flask, Response, abort, current_app, make_response, request
from flask.typing import ResponseReturnValue

from dashboard.shop.live_updates import LiveUpdates, OpenPage
from dashboard.shop.session_access import EVENTS, reading, signed_in, wants_events
from views import page_versions

bp = Blueprint("streams", __name__, url_prefix="/stream")

LONGEST_SECONDS = 5 * 60
"""Then the browser comes again: whoever has gone without a word does not keep a thread for ever."""
SIGN_OF_LIFE_SECONDS = 5
COME_AGAIN_MILLISECONDS = 2000


def install(app: Flask) -> None:
    """One lookout for all of them."""
    app.extensions["lookout"] = LiveUpdates(app.extensions["dependencies"])


@bp.get("")
def of_shop() -> ResponseReturnValue:
    """For lists and the overview."""
    return _stream(None)


@bp.get("/<uuid:id>")
def of_slot(id: UUID) -> ResponseReturnValue:
    """For the page of one recovery."""
    with reading() as rows:
        if not page_versions.of_slots(rows, signed_in().shop.id, [id]):
            abort(404)
    return _stream(id)


def _stream(slot_id: UUID | None) -> Response:
    if not wants_events():
        abort(406)
    lookout: LiveUpdates = current_app.extensions["lookout"]
    page = OpenPage(signed_in().shop.id, signed_in().session_id, slot_id)
    if not lookout.join(page):
        return make_response("", 204)  # which tells the browser not to come again; the page then asks by itself
    answer = Response(_events(lookout, page, request.headers.get("Last-Event-ID", "")), mimetype=EVENTS)
    # Also where nothing of it is ever read.
    answer.call_on_close(lambda: lookout.leave(page))
    # Proxies that gather an answer before they pass it on would keep all news to themselves.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _events(lookout: LiveUpdates, page: OpenPage, seen: str) -> Iterator[str]:
    """`id` is the version, which the browser brings along when it comes again."""
    end = time.monotonic() + LONGEST_SECONDS
    yield f"retry: {COME_AGAIN_MILLISECONDS}\n\n"
    while not page.over and time.monotonic() < end:
        lookout.wait(page, seen, SIGN_OF_LIFE_SECONDS)
        if page.version and page.version != seen:
            seen = page.version
            yield f"id: {seen}\nevent: changed\ndata:\n\n"
        else:
            yield ": still here\n\n"
