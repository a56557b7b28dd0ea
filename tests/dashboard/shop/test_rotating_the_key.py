"""SECRET_KEY is replaced while the pages are in use. No user is signed out, and no form or code is rejected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from db.access import staff_invitations
from domain.sign_in_codes import code_of, invitation_token, token_hash
from messaging.derived_bodies import invitation_body
from messaging.senders import Senders
from tests.builders import Built
from tests.dashboard.conftest import SETTINGS, create_app, wired
from tests.dashboard.shop.conftest import TOKEN, StaffBrowser
from tests.effort import long_except

OLD, NEW = SETTINGS["secret_key"], "another key for tests alone"
# For each step of docs/how-to/rotating-secrets.md: the current key, and the other key that is also accepted.
STEPS = [(OLD, ""), (OLD, NEW), (NEW, OLD), (NEW, "")]
Processes = Callable[[int], FlaskClient]


@pytest.fixture
def process(engine: Engine, redis_url: str) -> Processes:
    """Returns a web process at a step of the rotation. All processes are called by the same browser."""
    clients: dict[int, FlaskClient] = {}

    def at(step: int) -> FlaskClient:
        if step not in clients:
            key, accepted = STEPS[step]
            app = create_app(wired(engine, redis_url, secret_key=key, secret_key_previous=accepted))
            clients[step] = app.test_client()
            # All processes share the cookies of one browser.
            clients[step]._cookies = next(iter(clients.values()))._cookies
        return clients[step]

    return at


# During a restart, some processes are already at the next step of the rotation and others are not.
@pytest.mark.parametrize(
    ("shown_by", "sent_to"), long_except([(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)], (0, 1), (2, 1))
)
def test_a_form_of_one_process_is_accepted_by_the_other(
    shown_by: int, sent_to: int, process: Processes, session: Session, mia: Built
) -> None:
    if (shown_by, sent_to) in {(2, 3), (3, 2)}:
        process(2).get("/app/login")  # A day later, the cookie is signed with the new key.
    page = process(shown_by).get("/app/login")
    assert asks(process(sent_to), page, mia.phone).status_code == 303

    page = process(shown_by).get("/app/login/code")
    code = newest_code(session, STEPS[sent_to][0])
    entered = types(process(sent_to), page, code)
    assert (entered.status_code, entered.location) == (303, "/app/")
    assert process(shown_by).get("/app/appointments").status_code == 200


@pytest.mark.parametrize(("worker", "web"), [(1, 2), (2, 1), (0, 1), (1, 0)])
def test_a_code_that_a_worker_derived_is_accepted_by_a_web_process_of_another_step(
    worker: int, web: int, process: Processes, session: Session, mia: Built
) -> None:
    desk = StaffBrowser(process(web), session)
    desk.asks_for_a_code(mia.phone)
    assert desk.types(newest_code(session, STEPS[worker][0])).status_code == 303


@pytest.mark.parametrize(("web", "worker"), [(1, 2), (2, 1)])
def test_the_link_of_an_invitation_is_the_one_that_the_web_process_knows(web: int, worker: int) -> None:
    id, nonce = uuid4(), "5f"
    token = invitation_token(STEPS[web][0], id, nonce)
    row = staff_invitations.ToSend(
        id=id,
        shop_id=uuid4(),
        staff_id=uuid4(),
        nonce=nonce,
        token_hash=token_hash(token),
        channel="sms",
        address="+447700900001",
        shop="Salon Lou",
        locale="en_GB",
        sms_from=None,
        email_from=None,
        send_before=datetime.now(UTC),
        valid=True,
    )
    assert f"/app/invitations/{token}" in invitation_body(senders(*STEPS[worker]), row).body


def test_signatures_of_the_old_key_end_with_the_rotation(process: Processes, session: Session, mia: Built) -> None:
    page = process(0).get("/app/login")
    assert asks(process(3), page, mia.phone).status_code == 400


def senders(*keys: str) -> Senders:
    return Senders(
        app_url="http://localhost",
        email_ready=False,
        email_from="",
        platform_number=None,
        secret_keys=list(keys),
    )


def asks(web: FlaskClient, page: TestResponse, who: str) -> TestResponse:
    return web.post("/app/login", data={"csrf_token": token_in(page), "who": who})


def types(web: FlaskClient, page: TestResponse, code: str) -> TestResponse:
    return web.post("/app/login/code", data={"csrf_token": token_in(page), "code": code})


def token_in(page: TestResponse) -> str:
    found = TOKEN.search(page.text)
    assert found
    return found[1]


def newest_code(session: Session, key: str) -> str:
    session.rollback()
    row = session.execute(text("SELECT id, nonce FROM otp_codes ORDER BY created_at DESC LIMIT 1")).one()
    return code_of(key, row.id, row.nonce)
