"""Customers unsubscribe from e-mails with the link in an e-mail or the button of their mail program."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import a_customer, a_message, a_shop, reload

TOKEN = "an-unsubscribe-token"


def wants_emails(session: Session, customer_id: UUID) -> bool:
    session.rollback()
    return reload(session, "customers", customer_id).email_opt_in is not False


def test_opening_the_link_asks_and_changes_nothing(
    web: FlaskClient, session: Session, email: UUID, ana: UUID
) -> None:
    page = web.get(f"/manage/emails/{email}/{TOKEN}")
    assert page.status_code == 200
    assert "Salon Lou" in page.text
    assert "Stop e-mails" in page.text
    assert wants_emails(session, ana)


def test_the_button_ends_them_and_says_so(web: FlaskClient, session: Session, email: UUID, ana: UUID) -> None:
    page = web.post(f"/manage/emails/{email}/{TOKEN}", follow_redirects=True)
    assert "won&#39;t send e-mails about your bookings" in page.text
    assert not wants_emails(session, ana)
    logged = session.execute(text("SELECT event FROM audit_logs WHERE actor = 'customer'")).scalars()
    assert list(logged) == ["EmailsEnded"]


def test_a_mailbox_ends_them_with_one_post_and_no_cookie(
    web: FlaskClient, session: Session, email: UUID, ana: UUID
) -> None:
    for _ in range(2):
        answer = web.post(f"/manage/emails/{email}/{TOKEN}", data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.text) == (204, "")
    assert not wants_emails(session, ana)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_id_of_no_e_mail_is_not_found(web: FlaskClient, session: Session, ana: UUID, method: str) -> None:
    text_message = a_message(session, reload(session, "customers", ana))
    session.commit()
    for id in (uuid4(), text_message.id, "no-id"):
        assert getattr(web, method)(f"/manage/emails/{id}").status_code == 404
    assert wants_emails(session, ana)


@pytest.mark.parametrize("token", ["", "/another-token-0000", "/%00", "/" + "x" * 500])
def test_the_id_of_an_e_mail_alone_ends_nothing(
    web: FlaskClient, session: Session, email: UUID, ana: UUID, token: str
) -> None:
    """The id must not be sufficient, because it appears in logs and in Flower."""
    for method in ("get", "post"):
        assert getattr(web, method)(f"/manage/emails/{email}{token}").status_code == 404
    assert wants_emails(session, ana)


def test_the_link_of_an_e_mail_written_before_there_were_tokens_still_works(
    web: FlaskClient, session: Session, ana: UUID
) -> None:
    old = a_message(session, reload(session, "customers", ana), channel="email", to_address="ana@example.com")
    session.commit()
    web.post(f"/manage/emails/{old.id}")
    assert not wants_emails(session, ana)


@pytest.fixture
def ana(session: Session) -> UUID:
    customer = a_customer(session, a_shop(session), email="ana@example.com")
    session.commit()
    found: UUID = customer.id
    return found


@pytest.fixture
def email(session: Session, ana: UUID) -> UUID:
    message = a_message(
        session,
        reload(session, "customers", ana),
        channel="email",
        to_address="ana@example.com",
        unsubscribe_token=TOKEN,
    )
    session.commit()
    found: UUID = message.id
    return found
