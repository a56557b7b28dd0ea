"""Customers who join a waiting list can agree to WhatsApp and e-mail. Each channel has its own consent record."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import invariants
from db.customers import email_consent_links
from db.messages import usable_channels
from db.waitlist import join_requests
from domain.channels import Channel
from domain.join_consent import EMAILS_A_DAY, email_proof
from tests.builders import Built, a_customer, a_shop
from tests.dashboard.conftest import SETTINGS
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.test_joining import PHONE, asks, code, entries, link, value

EMAIL = "ana@example.com"
WHATSAPP, BY_EMAIL = {"consent_whatsapp": "yes"}, {"consent_email": "yes", "email": EMAIL}


@pytest.fixture
def shop(session: Session) -> Built:
    shop = a_shop(session, name="Salon Lou", offer_by_whatsapp=True, offer_by_email=True)
    session.commit()
    return shop


@pytest.fixture
def visitor(web: FlaskClient, session: Session) -> StaffBrowser:
    return StaffBrowser(web, session)


def joins(desk: StaffBrowser, session: Session, shop: Built, **fields: object) -> Built:
    """Submits the form and the code; returns the newest entry."""
    path = link(session, shop)
    assert asks(desk, path, **fields).status_code == 303
    assert desk.post(f"{path}/code", code=code(session)).status_code == 303
    return entries(session)[-1]


def customer(session: Session) -> Built:
    session.rollback()
    return session.execute(text("SELECT * FROM customers")).one()


def confirming(entry: Built, email: str = EMAIL) -> str:
    return f"/waitlist/{entry.token}/email/{email_proof(SETTINGS['secret_key'], entry.id, email)}"


def test_each_channel_of_the_shop_has_a_box_that_is_not_ticked(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    page = visitor.get(link(session, shop)).text
    for name in ("consent", "consent_whatsapp", "consent_email", "email"):
        assert f'name="{name}"' in page
    assert "checked" not in page


def test_a_channel_that_the_shop_or_the_installation_does_not_use_has_none(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    usable_channels.note(session, {Channel.SMS: True, Channel.WHATSAPP: False, Channel.EMAIL: False})
    session.commit()
    page = visitor.get(link(session, shop)).text
    assert 'name="consent"' in page
    assert "consent_whatsapp" not in page
    assert "consent_email" not in page
    assert asks(visitor, link(session, shop), consent=None, **WHATSAPP).status_code == 422


def test_the_code_confirms_texts_and_whatsapp_each_with_its_record(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    entry = joins(visitor, session, shop, **WHATSAPP)
    found = customer(session)
    assert (found.sms_opt_in, found.whatsapp_opt_in, found.email_opt_in) == (True, True, None)
    assert found.consent_source == found.whatsapp_consent_source == "join page"
    assert found.consent_wording.startswith("Salon Lou may text me")
    assert found.whatsapp_consent_wording.startswith("Salon Lou may send me WhatsApp messages")
    assert found.whatsapp_consent_at is not None
    assert entry.consent_wording == f"{found.consent_wording}\n{found.whatsapp_consent_wording}"


def test_consent_to_whatsapp_alone_is_not_consent_to_texts(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    joins(visitor, session, shop, consent=None, **WHATSAPP)
    found = customer(session)
    assert (found.sms_opt_in, found.consent_at, found.whatsapp_opt_in) == (False, None, True)


def test_at_least_one_box(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    answer = asks(visitor, link(session, shop), consent=None)
    assert answer.status_code == 422
    assert "Tick at least one box" in answer.text


@pytest.mark.parametrize("typed", ["", "ana", "ana@", "a b@example.com", "x" * 300 + "@example.com"])
def test_the_box_about_emails_needs_an_address(
    visitor: StaffBrowser, session: Session, shop: Built, typed: str
) -> None:
    answer = asks(visitor, link(session, shop), consent_email="yes", email=typed)
    assert answer.status_code == 422
    assert 'id="wrong-email"' in answer.text
    assert value(session, "SELECT count(*) FROM join_requests") == 0


def test_an_address_without_its_box_is_not_kept(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    entry = joins(visitor, session, shop, email=EMAIL)
    assert (entry.email, customer(session).email) == (None, None)


def test_consent_to_emails_counts_once_its_link_is_confirmed(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    entry = joins(visitor, session, shop, **BY_EMAIL)
    found = customer(session)
    assert (found.email, found.email_opt_in, found.email_consent_at) == (None, None, None)
    page = confirming(entry)
    session.rollback()
    before = invariants.state(session)
    shown = visitor.get(page)
    assert "Salon Lou may e-mail me" in shown.text
    assert EMAIL not in shown.text
    for method in ("get", "head", "options"):
        getattr(visitor.web, method)(page)
    assert visitor.web.post(page).status_code == 400
    session.rollback()
    assert invariants.state(session) == before
    assert visitor.post(page).status_code == 303
    found = customer(session)
    assert (found.email, found.email_opt_in, found.email_consent_source) == (EMAIL, True, "join page")
    assert found.email_consent_wording.startswith("Salon Lou may e-mail me")
    at = found.email_consent_at
    assert "E-mails are on" in visitor.get(page).text
    assert visitor.web.post(page, data={}).status_code == 400
    assert customer(session).email_consent_at == at


def test_a_link_confirms_once_so_that_unsubscribing_stays(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    entry = joins(visitor, session, shop, **BY_EMAIL)
    found = email_consent_links.of_entry(session, entry.id)
    assert found is not None
    assert email_consent_links.confirm(session, found)
    session.execute(text("UPDATE customers SET email_opt_in = false"))
    assert not email_consent_links.confirm(session, found)
    assert session.execute(text("SELECT email_opt_in FROM customers")).scalar() is False


def test_the_link_of_another_address_key_or_entry_confirms_nothing(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    entry = joins(visitor, session, shop, **BY_EMAIL)
    for wrong in (confirming(entry, "eve@example.com"), f"/waitlist/{entry.token}/email/{'0' * 32}"):
        assert visitor.get(wrong).status_code == 404
        assert visitor.post(wrong, form=link(session, shop)).status_code == 404
    assert customer(session).email_opt_in is None


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE waitlist_entries SET consent_at = clock_timestamp() - interval '8 days'",
        "INSERT INTO suppressions (shop_id, phone, reason) SELECT shop_id, phone, 'STOP' FROM customers",
    ],
)
def test_the_link_ends_after_a_week_and_with_stop(
    visitor: StaffBrowser, session: Session, shop: Built, meanwhile: str
) -> None:
    entry = joins(visitor, session, shop, **BY_EMAIL)
    session.execute(text(meanwhile))
    session.commit()
    page = confirming(entry)
    assert visitor.get(page).status_code == 410
    assert visitor.post(page, form=link(session, shop)).status_code == 410
    assert customer(session).email_opt_in is None


def test_a_stranger_gets_few_emails(app: Flask, session: Session, shop: Built) -> None:
    for number in range(EMAILS_A_DAY + 1):
        entry = joins(
            StaffBrowser(app.test_client(), session), session, shop, phone=f"+44770090012{number}", **BY_EMAIL
        )
    assert [one.email for one in entries(session)] == [EMAIL] * EMAILS_A_DAY + [None]
    assert entry.email is None
    assert not join_requests.may_email(session, "Ana@Example.com")


def test_a_known_customer_keeps_an_earlier_consent(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    values = {"whatsapp_opt_in": True, "whatsapp_consent_source": "desk", "sms_opt_in": False}
    a_customer(session, shop, name="Ana Silva", phone=PHONE, **values)
    session.commit()
    joins(visitor, session, shop, **WHATSAPP)
    found = customer(session)
    assert (found.whatsapp_consent_source, found.consent_source, found.sms_opt_in) == ("desk", "join page", True)


def test_a_request_from_before_the_other_channels_is_about_texts(
    visitor: StaffBrowser, session: Session, shop: Built
) -> None:
    path = link(session, shop)
    asks(visitor, path)
    session.execute(text("UPDATE join_requests SET consents = '{}', consent_wording = 'Salon Lou may text me.'"))
    session.commit()
    assert visitor.post(f"{path}/code", code=code(session)).status_code == 303
    assert (customer(session).sms_opt_in, customer(session).consent_wording) == (True, "Salon Lou may text me.")


@pytest.mark.parametrize("phone", ["+881612345678", "+870773123456", "+19005550123", "+447012345678"])
def test_a_number_that_cannot_be_texted_is_refused(
    visitor: StaffBrowser, session: Session, shop: Built, phone: str
) -> None:
    answer = asks(visitor, link(session, shop), phone=phone)
    assert answer.status_code == 422
    assert 'id="wrong-phone"' in answer.text


@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_all_of_it_in_the_four_languages(app: Flask, session: Session, shop: Built, language: str) -> None:
    desk = StaffBrowser(app.test_client(), session)
    page = desk.get(link(session, shop), headers={"Accept-Language": language}).text
    assert f'<html lang="{language}">' in page
    assert ("How may we tell you" in page) == (language == "en")
    entry = joins(desk, session, shop, language=language, **BY_EMAIL)
    shown = desk.get(confirming(entry)).text
    assert f'<html lang="{language}">' in shown
    assert ("Confirm your e-mail address" in shown) == (language == "en")


def test_erasing_the_customer_erases_the_address(visitor: StaffBrowser, session: Session, shop: Built) -> None:
    from db.customers import forgetting

    entry = joins(visitor, session, shop, **BY_EMAIL)
    assert forgetting.forget(session, entry.customer_id, by="operator")
    session.commit()
    assert entries(session)[0].email is None
    assert value(session, "SELECT count(*) FROM join_requests") == 0


def test_a_missing_template_is_known_to_the_shops_policy(session: Session, shop: Built) -> None:
    from db.recoveries.recoveries import policy_of_shop

    assert policy_of_shop(session, shop.id).channels == frozenset(Channel)
    usable_channels.note(session, {Channel.WHATSAPP: False})
    assert policy_of_shop(session, shop.id).channels == {Channel.SMS, Channel.EMAIL}
    usable_channels.note(session, {Channel.WHATSAPP: True})
    assert policy_of_shop(session, shop.id).channels == frozenset(Channel)
