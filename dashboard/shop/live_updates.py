"""Looks, for all pages that are open in this process, whether there is anything new: once a second for each shop."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dashboard.page_dependencies import PageDependencies
from db import staff_sessions
from db.sessions import as_dashboard
from views import page_versions

log = structlog.get_logger()

EVERY_SECONDS = 1.0
LAST_LOOK_SECONDS = 5.0
MOST_PAGES, MOST_OF_ONE = 64, 8
"""Each page that is open takes one of the server's threads; whoever gets none asks by itself."""


@dataclass(eq=False, slots=True)
class OpenPage:
    """`slot_id`: None for what concerns the whole shop. `over`: its session has ended, or Postgres doesn't answer."""

    shop_id: UUID
    session_id: UUID
    slot_id: UUID | None
    version: str = ""
    over: bool = False


class LiveUpdates:
    """One per process."""

    def __init__(self, dependencies: PageDependencies) -> None:
        self._dependencies = dependencies
        self._news = threading.Condition()
        self._open: set[OpenPage] = set()
        self._closed = False
        self._looking: threading.Thread | None = None

    def join(self, page: OpenPage) -> bool:
        """False when enough pages are open here, or of this session."""
        with self._news:
            of_one = sum(other.session_id == page.session_id for other in self._open)
            if self._closed or len(self._open) >= MOST_PAGES or of_one >= MOST_OF_ONE:
                return False
            self._open.add(page)
            if self._looking is None:
                self._looking = threading.Thread(target=self._look_on, name="lookout", daemon=True)
                self._looking.start()
            return True

    def leave(self, page: OpenPage) -> None:
        """Nobody looks at it any more."""
        with self._news:
            self._open.discard(page)
            self._news.notify_all()

    def close(self) -> None:
        """The process is to end: all streams are over, no other begins, and nobody asks Postgres any more."""
        with self._news:
            self._closed = True
            for page in self._open:
                page.over = True
            self._open.clear()
            self._news.notify_all()
            looking = self._looking
        if looking is not None:
            looking.join(LAST_LOOK_SECONDS)

    def wait(self, page: OpenPage, seen: str, seconds: float) -> None:
        """Until the page has another version than `seen`, or is over; at most so long."""
        with self._news:
            self._news.wait_for(lambda: page.over or page.version not in {seen, ""}, seconds)

    def _look_on(self) -> None:
        while True:
            self._look()
            with self._news:
                self._news.wait_for(lambda: not self._open, EVERY_SECONDS)
                if not self._open:
                    self._looking = None
                    return

    def _look(self) -> None:
        of_shop: dict[UUID, list[OpenPage]] = defaultdict(list)
        with self._news:
            for page in self._open:
                of_shop[page.shop_id].append(page)
        for shop_id, pages in of_shop.items():
            try:
                found = self._ask(shop_id, pages)
            except SQLAlchemyError as error:
                log.warning("lookout_blind", reason=type(error).__name__)
                found = {}
            self._tell(pages, found)

    def _ask(self, shop_id: UUID, pages: list[OpenPage]) -> dict[OpenPage, str]:
        """The present version of each page whose session goes on."""
        slots = [page.slot_id for page in pages if page.slot_id]
        with self._dependencies.reading() as rows:
            as_dashboard(rows, shop_id)
            still = staff_sessions.still_open(rows, shop_id, {page.session_id for page in pages})
            of_slots = page_versions.of_slots(rows, shop_id, slots) if slots else {}
            of_shop = page_versions.of_shop(rows, shop_id) if len(slots) < len(pages) else ""
        return {
            page: of_slots.get(page.slot_id, "") if page.slot_id else of_shop
            for page in pages
            if page.session_id in still
        }

    def _tell(self, pages: list[OpenPage], found: dict[OpenPage, str]) -> None:
        with self._news:
            # Who was sent away meanwhile stays away.
            for page in self._open.intersection(pages):
                page.version, page.over = found.get(page, page.version), page not in found
            self._news.notify_all()
