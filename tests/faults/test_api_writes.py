"""An API request that is stopped at any step and sent again with the same key takes effect once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from api import api_dependencies
from api.app import create_app
from api.idempotent_answers import IN_PROGRESS
from db.access import api_keys
from outbox.transactions import NoPublisher, Transactions
from settings.database import DatabaseSettings
from settings.loading import load
from settings.redis import RedisSettings
from settings.web import WebSettings
from tests.effort import long_except
from tests.faults.situations import RecoveryScene
from tests.faults.steps import watched
from tests.servers import close
from tests.waiting import wait_for
from tests.world import Killed, World

FEWEST_STEPS = 8
LATER = timedelta(hours=50)

TABLES = ("appointments", "slot_openings", "events", "idempotency_records", "audit_logs", "pending_tasks")
COUNTS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table} WHERE shop_id = :id)" for table in TABLES)


@dataclass
class DoomedApi:
    """The API in this process. Its requests can be stopped at any step."""

    client: FlaskClient
    transactions: Transactions

    def post(self, key: str, path: str, body: Any, once: str, *, stop_at: int | None = None) -> Any:
        """Returns the response, or None if the request was stopped at step `stop_at`."""
        taken = 0

        def step(_: str) -> None:
            nonlocal taken
            taken += 1
            if taken - 1 == stop_at:
                raise Killed

        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once}
        engine: Engine = self.transactions.sessions.kw["bind"]
        answer = None
        with suppress(Killed), watched(engine, self.transactions.sessions, step):
            answer = self.client.post(f"/api/v1{path}", json=body, headers=headers)
        return answer


@pytest.fixture
def api(world: World) -> Iterator[DoomedApi]:
    connected = api_dependencies.connect(load(WebSettings), load(DatabaseSettings), load(RedisSettings))
    own = replace(connected.transactions, publisher=NoPublisher())
    yield DoomedApi(create_app(replace(connected, transactions=own)).test_client(), own)
    close(own.sessions.kw["bind"])
    connected.rate_limits.close()


def _booking(scene: RecoveryScene) -> tuple[str, dict[str, Any] | None]:
    customer = {"name": "Cleo", "phone": "+447700900777"}
    return "/appointments", _times(scene) | {"customer": customer, "payment": {"amount_cents": 2000}}


def _gap(scene: RecoveryScene) -> tuple[str, dict[str, Any] | None]:
    return "/slot-openings", _times(scene)


def _cancellation(scene: RecoveryScene) -> tuple[str, dict[str, Any] | None]:
    return f"/appointments/{scene.appointment.id}/cancel", None


def _times(scene: RecoveryScene) -> dict[str, str]:
    booked = scene.appointment
    return {"starts_at": (booked.starts_at + LATER).isoformat(), "ends_at": (booked.ends_at + LATER).isoformat()}


@pytest.mark.parametrize("write", long_except([_booking, _gap, _cancellation], _booking))
def test_a_request_killed_at_any_step_and_sent_again_takes_effect_once(
    world: World, api: DoomedApi, write: Any
) -> None:
    undisturbed, _ = _effects(world, api, write, stop_at=None)
    steps = 0
    while True:
        left, stopped = _effects(world, api, write, stop_at=steps)
        assert left == undisturbed, steps
        if not stopped:
            break
        steps += 1
    assert steps >= FEWEST_STEPS


def _effects(world: World, api: DoomedApi, write: Any, *, stop_at: int | None) -> tuple[Any, bool]:
    """Sends a request that stops at a step, then sends the same request again.

    Returns the number of rows in each table, and whether the request had that many steps.
    """
    world.begin_anew()
    scene = RecoveryScene.set(world, cancelled=False)
    path, body = write(scene)
    with world.session() as session:
        key = api_keys.create(session, scene.shop.id, label="Doomed", scope="write", live=False, by="operator").key
    once = str(uuid4())
    answer = api.post(key, path, body, once, stop_at=stop_at)
    again = wait_for(lambda: _answer_unless_in_progress(api.post(key, path, body, once)), "the stopped request's end")
    assert again.status_code in {201, 202}, again.json
    (counts,) = world.rows(COUNTS, id=scene.shop.id)
    world.work()
    assert world.broken_promises() == []
    return tuple(counts), answer is None


def _answer_unless_in_progress(answer: Any) -> Any:
    """Returns None while the stopped request is in progress.

    Postgres takes a moment to notice that the connection of this request is closed.
    """
    return None if answer.json.get("code") == IN_PROGRESS else answer
