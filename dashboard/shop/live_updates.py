"""Polls Postgres for changes, once a second per shop, for all pages that are open in this process."""

import threading
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dashboard.page_dependencies import PageDependencies
from db.access import staff_sessions
from db.sessions import as_dashboard
from telemetry.error_origin import reason_of
from views import page_versions

log = structlog.get_logger()

EVERY_SECONDS = 1.0
JOIN_SECONDS = 5.0
MAX_PAGES, MAX_PER_SESSION = 64, 8
"""The maximum number of streams per process and per session. Each stream occupies a thread; pages without a stream
poll instead.
"""


@dataclass(eq=False, slots=True)
class OpenPage:
    """An open page.

    `slot_id` is None for the whole shop. `over` is true if its session has ended or Postgres is unavailable.
    """

    shop_id: UUID
    session_id: UUID
    slot_id: UUID | None
    version: str = ""
    over: bool = False


class LiveUpdates:
    """Polls for all open pages of this process."""

    def __init__(self, dependencies: PageDependencies) -> None:
        self._dependencies = dependencies
        self._changed = threading.Condition()
        self._open: set[OpenPage] = set()
        self._closed = False
        self._thread: threading.Thread | None = None

    def join(self, page: OpenPage) -> bool:
        """Adds a page. Returns False if a limit is reached."""
        with self._changed:
            of_one = sum(other.session_id == page.session_id for other in self._open)
            if self._closed or len(self._open) >= MAX_PAGES or of_one >= MAX_PER_SESSION:
                return False
            self._open.add(page)
            if self._thread is None:
                self._thread = threading.Thread(target=self._poll_forever, name="live-updates", daemon=True)
                self._thread.start()
            return True

    def leave(self, page: OpenPage) -> None:
        """Removes a page."""
        with self._changed:
            self._open.discard(page)
            self._changed.notify_all()

    def close(self) -> None:
        """Ends all streams and stops polling. Call before the process stops."""
        with self._changed:
            self._closed = True
            for page in self._open:
                page.over = True
            self._open.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(JOIN_SECONDS)

    def wait(self, page: OpenPage, seen: str, seconds: float) -> None:
        """Waits at most `seconds` until the page's version differs from `seen` or `page.over` is true."""
        with self._changed:
            self._changed.wait_for(lambda: page.over or page.version not in {seen, ""}, seconds)

    def _poll_forever(self) -> None:
        while True:
            self._poll()
            with self._changed:
                self._changed.wait_for(lambda: not self._open, EVERY_SECONDS)
                if not self._open:
                    self._thread = None
                    return

    def _poll(self) -> None:
        of_shop: dict[UUID, list[OpenPage]] = defaultdict(list)
        with self._changed:
            for page in self._open:
                of_shop[page.shop_id].append(page)
        for shop_id, pages in of_shop.items():
            try:
                found = self._versions(shop_id, pages)
            except SQLAlchemyError as error:
                log.warning("live_updates_unavailable", reason=reason_of(error))
                found = {}
            self._publish(pages, found)

    def _versions(self, shop_id: UUID, pages: list[OpenPage]) -> dict[OpenPage, str]:
        """The current version of each page whose session is still open."""
        slots = [page.slot_id for page in pages if page.slot_id]
        with self._dependencies.reading() as rows:
            as_dashboard(rows, shop_id)
            open_sessions = staff_sessions.still_open(rows, shop_id, {page.session_id for page in pages})
            of_slots = page_versions.of_slots(rows, shop_id, slots) if slots else {}
            of_shop = page_versions.of_shop(rows, shop_id) if len(slots) < len(pages) else ""
        return {
            page: of_slots.get(page.slot_id, "") if page.slot_id else of_shop
            for page in pages
            if page.session_id in open_sessions
        }

    def _publish(self, pages: list[OpenPage], found: dict[OpenPage, str]) -> None:
        with self._changed:
            # Pages removed in the meantime stay removed.
            for page in self._open.intersection(pages):
                page.version, page.over = found.get(page, page.version), page not in found
            self._changed.notify_all()
