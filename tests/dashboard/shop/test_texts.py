"""The page on which staff read and edit the wording of texts in each language."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.shop.catalogue.text_labels import LANGUAGES, NAMES, VARIABLES
from domain.templates import TEMPLATES, TextKind
from domain.templating import check_template
from messaging.senders import Senders
from messaging.write_text import TextSubject, write_text
from tests.builders import Built, a_customer, a_number, a_performer, a_slot_freed_by, a_staff_member
from tests.dashboard.shop.conftest import StaffBrowser

SENDERS = Senders(
    app_url="http://localhost",
    email_ready=False,
    email_from="",
    platform_number=None,
    secret_keys=[],
)
OFFER = "/app/settings/texts/offer"
NOT_REWORDED = {TextKind.SIGN_IN_CODE, TextKind.STAFF_INVITATION, TextKind.TEST_OFFER, TextKind.JOIN_CODE}
NOT_REWORDED |= {TextKind.EMAIL_CONSENT}
OWN = "{{ name }}, {{ service }} with {{ performer }} {{ when }} at {{ shop }}. YES?"


def test_every_text_to_customers_has_a_name_and_every_variable_a_meaning() -> None:
    assert set(NAMES) == set(TextKind) - NOT_REWORDED
    for kind in NAMES:
        assert TEMPLATES[kind].variables <= set(VARIABLES), kind
        assert set(TEMPLATES[kind].defaults) == set(LANGUAGES)


@pytest.mark.parametrize("kind", NAMES)
def test_a_default_can_be_copied_as_ones_own_wording(kind: TextKind) -> None:
    for source in TEMPLATES[kind].defaults.values():
        assert check_template(kind, source) == []


def test_every_text_is_listed_in_every_language(desk: StaffBrowser) -> None:
    for language in LANGUAGES:
        page = desk.get(f"/app/settings/texts?language={language}").text
        for kind in NAMES:
            assert f"/app/settings/texts/{kind.value}?language={language}" in page
            assert desk.get(f"/app/settings/texts/{kind.value}?language={language}").status_code == 200
    assert desk.get("/app/settings/texts/sign_in_code").status_code == 404


def test_variables_are_listed_beside_the_field_with_their_meaning(desk: StaffBrowser) -> None:
    page = desk.get(OFFER).text
    assert "{{ service }}" in page
    assert "the service, empty if unknown" in page
    assert "1 SMS, " in page


def test_own_wording_is_sent_in_the_customers_language(desk: StaffBrowser, session: Session, salon: Built) -> None:
    assert desk.post(OFFER, language="en", source=OWN).status_code == 303
    assert desk.post(OFFER, language="de", source="{{ when }} frei, {{ shop }}. JA?").status_code == 303
    lou = a_performer(session, salon, name="Lou")
    zoe = a_customer(session, salon, name="Zoe")
    slot = a_slot_freed_by(session, zoe, performer_id=lou.id)
    session.execute(text("UPDATE appointments SET service = 'Colour'"))
    bodies = {}
    for name, locale in (("Ana", None), ("Bea", "de_DE"), ("Coco", "fr_FR")):
        one = a_customer(session, salon, name=name, locale=locale)
        bodies[name] = _offered(session, one, slot)
    assert bodies["Ana"].startswith("Ana, Colour with Lou ")
    assert bodies["Ana"].endswith(" at Salon Lou. YES?")
    assert bodies["Bea"].endswith(" frei, Salon Lou. JA?")
    assert bodies["Coco"].startswith("Un créneau s'est libéré")


def _offered(session: Session, customer: Built, slot: Built) -> str:
    subject = TextSubject(slot_opening_id=slot.id, starts_at=slot.starts_at, deposit=2000)
    key = f"offer:{customer.id}"
    id = write_text(
        session, TextKind.OFFER, customer_id=customer.id, purpose_key=key, subject=subject, senders=SENDERS
    )
    return str(session.execute(text("SELECT body FROM messages WHERE id = :id"), {"id": id}).scalar_one())


def test_the_column_of_other_tools_is_shown_and_replaced(desk: StaffBrowser, session: Session, salon: Built) -> None:
    session.execute(text("UPDATE shops SET template_offer = 'Free {{ when }}!'"))
    session.commit()
    assert "Free {{ when }}!</textarea>" in desk.get(OFFER).text
    assert desk.post(OFFER, language="en", default="1").status_code == 303
    session.rollback()
    assert session.execute(text("SELECT template_offer FROM shops")).scalar_one() is None


def test_a_wrong_text_is_refused_beside_its_field_and_kept(desk: StaffBrowser, session: Session) -> None:
    answer = desk.post(OFFER, language="es", source="Hola {{ nadie }}")
    assert answer.status_code == 422
    assert 'aria-describedby="wrong-source"' in answer.text
    assert "Hola {{ nadie }}</textarea>" in answer.text
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM shop_texts")).scalar_one() == 0


def test_only_owners_change_texts(app: Flask, session: Session, salon: Built) -> None:
    kim = a_staff_member(session, salon, role="staff", phone=a_number(), email=None)
    session.commit()
    theirs = StaffBrowser(app.test_client(), session).signs_in(kim)
    assert theirs.get(OFFER).status_code == 200
    assert theirs.post(OFFER, form="/app/settings", source="Free {{ when }}").status_code == 403
