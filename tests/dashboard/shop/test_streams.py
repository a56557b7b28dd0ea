"""Live updates of open pages: one poller serves all pages, and updates stop when the member is signed out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from dashboard.shop.live_updates import EVERY_SECONDS, MAX_PER_SESSION, LiveUpdates
from tests.builders import Built
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.scenes import RecoveryRows, an_offered_slot
from tests.servers import Clock
from tests.waiting import wait_for

EVENTS = {"Accept": "text/event-stream"}
SHOP = "/app/stream"
WAITING = text("SELECT count(*) FROM pg_locks WHERE relation = 'staff_sessions'::regclass AND NOT granted")


class Listener:
    """A browser that receives live updates. The test must close `answer`."""

    def __init__(self, desk: StaffBrowser, path: str, **headers: str) -> None:
        self.answer = desk.web.get(path, headers=EVENTS | headers, buffered=False)
        self._parts: Iterator[bytes] = iter(self.answer.response)  # type: ignore[assignment]

    def receives(self) -> str:
        """Returns the id of the next update."""
        event = next(part.decode() for part in self._parts if b"event: changed" in part)
        return event.partition("\n")[0].removeprefix("id: ")

    def hears_the_end(self) -> bool:
        return [part for part in self._parts if b"event" in part] == []


def test_an_open_page_receives_an_update(desk: StaffBrowser, scene: RecoveryRows, session: Session) -> None:
    listener = Listener(desk, f"{SHOP}/{scene.slot.id}")
    first = listener.receives()
    session.execute(text("UPDATE slot_offers SET status = 'declined' WHERE id = :id"), {"id": scene.offer.id})
    session.commit()
    assert listener.receives() != first


def test_a_reconnected_browser_gets_only_new_events(
    desk: StaffBrowser, scene: RecoveryRows, session: Session
) -> None:
    seen = Listener(desk, SHOP).receives()
    listener = Listener(desk, SHOP, **{"Last-Event-ID": seen})
    session.execute(text("INSERT INTO notifications (shop_id, text) SELECT id, 'New' FROM shops"))
    session.commit()
    assert listener.receives() != seen


def test_one_look_is_for_all_open_pages(desk: StaffBrowser, scene: RecoveryRows, statements: list[str]) -> None:
    listeners = [Listener(desk, SHOP) for _ in range(MAX_PER_SESSION)]
    began = time.monotonic()
    statements.clear()
    assert len({listener.receives() for listener in listeners}) == 1
    looks = len([one for one in statements if "max(seq)" in one])
    assert looks <= 2 + (time.monotonic() - began) / EVERY_SECONDS


def test_a_session_that_ends_ends_its_streams(desk: StaffBrowser, session: Session) -> None:
    listener = Listener(desk, SHOP)
    listener.receives()
    session.execute(text("UPDATE staff_sessions SET revoked_at = now()"))
    session.commit()
    assert listener.hears_the_end()
    assert desk.get(SHOP, headers=EVENTS).status_code == 401


def test_a_stream_keeps_no_session_alive(desk: StaffBrowser, clock: Clock) -> None:
    clock.shift(timedelta(minutes=20))
    listener = Listener(desk, SHOP)
    listener.receives()
    clock.shift(timedelta(minutes=10))
    assert listener.hears_the_end()


def test_a_browser_with_many_open_pages_polls(desk: StaffBrowser) -> None:
    listeners = [Listener(desk, SHOP) for _ in range(MAX_PER_SESSION)]
    assert desk.get(SHOP, headers=EVENTS).status_code == 204
    listeners[0].answer.close()
    assert Listener(desk, SHOP).answer.status_code == 200


def test_a_server_that_is_to_end_ends_its_streams(app: Flask, desk: StaffBrowser) -> None:
    listener, lookout = Listener(desk, SHOP), app.extensions["live_updates"]
    lookout.close()
    assert listener.hears_the_end()
    assert desk.get(SHOP, headers=EVENTS).status_code == 204


def test_a_server_that_is_to_end_waits_for_the_last_look(
    app: Flask, desk: StaffBrowser, session: Session, engine: Engine
) -> None:
    listener = Listener(desk, SHOP)
    listener.receives()
    session.execute(text("LOCK TABLE staff_sessions IN ACCESS EXCLUSIVE MODE"))
    wait_for(lambda: session.execute(WAITING).scalar_one() == 1, "the stream to wait")
    closing = threading.Thread(target=app.extensions["live_updates"].close)
    closing.start()
    assert closing.is_alive()
    session.rollback()
    closing.join()
    assert listener.hears_the_end()
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_stream_is_not_a_page(desk: StaffBrowser) -> None:
    assert desk.get(SHOP).status_code == 406


@pytest.fixture
def scene(session: Session, salon: Built) -> RecoveryRows:
    return an_offered_slot(session, salon)


@pytest.fixture(autouse=True)
def no_stream_outlives_its_test(app: Flask) -> Iterator[None]:
    yield
    lookout: LiveUpdates = app.extensions["live_updates"]
    lookout.close()
