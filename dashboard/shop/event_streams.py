"""Notifies open pages of changes with server-sent events. The pages then request the changed content."""

import time
from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Flask, Response, abort, current_app, make_response, request
from flask.typing import ResponseReturnValue

from dashboard.shop.access.session_access import EVENTS, reading, signed_in, wants_events
from dashboard.shop.live_updates import LiveUpdates, OpenPage
from views import page_versions

bp = Blueprint("streams", __name__, url_prefix="/stream")

LONGEST_SECONDS = 5 * 60
"""The lifetime of a stream, which limits how long a lost connection occupies a thread. Open pages reconnect."""
HEARTBEAT_SECONDS = 5
RECONNECT_MILLISECONDS = 2000


def install(app: Flask) -> None:
    """Creates the poller of this process."""
    app.extensions["live_updates"] = LiveUpdates(app.extensions["dependencies"])


@bp.get("")
def of_shop() -> ResponseReturnValue:
    """Streams changes of any recovery, for lists and the overview."""
    return _stream(None)


@bp.get("/<uuid:id>")
def of_slot(id: UUID) -> ResponseReturnValue:
    """Streams changes of one recovery."""
    with reading() as rows:
        if not page_versions.of_slots(rows, signed_in().shop.id, [id]):
            abort(404)
    return _stream(id)


def _stream(slot_id: UUID | None) -> Response:
    if not wants_events():
        abort(406)
    updates: LiveUpdates = current_app.extensions["live_updates"]
    page = OpenPage(signed_in().shop.id, signed_in().session_id, slot_id)
    if not updates.join(page):
        return make_response("", 204)  # The browser does not reconnect; the page polls instead.
    answer = Response(_events(updates, page, request.headers.get("Last-Event-ID", "")), mimetype=EVENTS)
    # Also runs if the stream is never read.
    answer.call_on_close(lambda: updates.leave(page))
    # Proxies must not buffer the stream.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _events(updates: LiveUpdates, page: OpenPage, seen: str) -> Iterator[str]:
    """Yields the events. An event's id is the page version, which the browser sends when it reconnects."""
    end = time.monotonic() + LONGEST_SECONDS
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
    while not page.over and time.monotonic() < end:
        updates.wait(page, seen, HEARTBEAT_SECONDS)
        if page.version and page.version != seen:
            seen = page.version
            yield f"id: {seen}\nevent: changed\ndata:\n\n"
        else:
            yield ": heartbeat\n\n"
