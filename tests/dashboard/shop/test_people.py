"""The team page, where owners add, change and remove members with audit entries, and the list of periodic jobs."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.shop.jobs_page import JOBS
from tests.builders import Built, a_customer, a_number, a_staff_member, reload
from tests.dashboard.shop.conftest import StaffBrowser, link_of
from worker.periodic.periodic_jobs import JOBS as REGULAR


def form(who: Built, **other: str) -> dict[str, str]:
    return {"name": who.name, "phone": who.phone or "", "email": who.email or "", "role": who.role} | other


def test_a_new_member_can_sign_in(app: Flask, desk: StaffBrowser, session: Session) -> None:
    desk.post("/app/settings/people", form="/app/settings", name="Lee", phone="+447700900456", role="staff")
    session.rollback()
    theirs = StaffBrowser(app.test_client(), session)
    assert theirs.post(link_of(session, "Lee")).status_code == 303
    assert theirs.get("/app/appointments").status_code == 200


def test_a_role_is_changed(desk: StaffBrowser, kim: Built, session: Session, mia: Built) -> None:
    desk.post(f"/app/settings/people/{kim.id}", **form(kim, role="read_only", name="Kim Lee"))
    session.rollback()
    changed = reload(session, "staff", kim.id)
    assert (changed.name, changed.role, changed.phone) == ("Kim Lee", "read_only", kim.phone)
    noted = session.execute(text("SELECT actor, because FROM audit_logs WHERE event = 'StaffChanged'")).one()
    assert tuple(noted) == (str(mia.id), "Kim was changed: name, email alerts, role; role: View only.")


@pytest.mark.parametrize(("phone", "still_in"), [("+447700900789", False), (None, True)])
def test_a_member_with_a_new_number_is_signed_out(
    app: Flask, desk: StaffBrowser, kim: Built, session: Session, phone: str | None, still_in: bool
) -> None:
    theirs = StaffBrowser(app.test_client(), session).signs_in(kim)
    desk.post(f"/app/settings/people/{kim.id}", **form(kim, phone=phone or kim.phone))
    assert (theirs.get("/app/appointments").status_code == 200) is still_in


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"phone": "12"}, {"phone": "", "email": ""}, {"role": "king"}, {"email": "@"}]
)
def test_an_invalid_form_changes_nothing(
    desk: StaffBrowser, kim: Built, session: Session, wrong: dict[str, str]
) -> None:
    desk.post(f"/app/settings/people/{kim.id}", **form(kim, **{"name": "Another", **wrong}))
    session.rollback()
    assert reload(session, "staff", kim.id) == kim


def test_nobody_takes_their_own_rights_away(desk: StaffBrowser, mia: Built, session: Session) -> None:
    desk.post(f"/app/settings/people/{mia.id}", **form(mia, role="read_only", name="Mia Lou"))
    desk.post(f"/app/settings/people/{mia.id}/leave", form="/app/settings")
    session.rollback()
    assert (reload(session, "staff", mia.id).role, reload(session, "staff", mia.id).name) == ("owner", "Mia Lou")
    assert desk.get("/app/settings").status_code == 200


@pytest.mark.parametrize("path", ["/app/settings/people/{}", "/app/settings/jobs"])
def test_others_than_owners_see_none_of_it(app: Flask, kim: Built, session: Session, path: str) -> None:
    theirs = StaffBrowser(app.test_client(), session).signs_in(kim)
    assert theirs.get(path.format(kim.id)).status_code == 403


def test_owners_see_how_the_jobs_went(desk: StaffBrowser, session: Session) -> None:
    page = "/app/settings/jobs"
    assert "Not run yet" in desk.get(page).text
    run = "started_at, ended_at, done, errors, overdue_at) VALUES"
    session.execute(
        text(f"""INSERT INTO job_runs (job, {run}
          ('tick', now(), now(), 7, '[]', now() + interval '1 minute'),
          ('resolve_outcomes', now(), now(), 3, '[{{"id": "of another shop"}}]', NULL),
          ('expire_offers', now() - interval '1 hour', now(), 0, '[]', now() - interval '50 minutes')""")
    )
    session.commit()
    shown = desk.get(page).text
    for state in ("Overdue", "Finished with errors", "just now"):
        assert state in shown
    assert "of another shop" not in shown


def test_every_periodic_job_is_described_in_plain_words() -> None:
    alone = {name for name, job in REGULAR.items() if len(job.parts) == 1}
    assert set(JOBS) == alone | {"tick", "expire_offers"}


@pytest.fixture
def kim(session: Session, salon: Built) -> Built:
    member = a_staff_member(session, salon, role="staff", name="Kim", phone=a_number(), email=None)
    session.commit()
    return member


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("GB", "07700 900456", "+447700900456"),
        ("US", "0044 7700 900456", "+447700900456"),
        ("GB", "\u202a+44 (0)7700 900456\u202c", "+447700900456"),
        ("US", "07700 900456", None),
        ("GB", "07700 900456 mum", None),
        ("GB", "020 7946 0018", None),
        ("GB", "+4477009004", None),
    ],
)
def test_a_number_is_read_in_the_country_of_the_shop(
    desk: StaffBrowser, session: Session, salon: Built, country: str, typed: str, kept: str | None
) -> None:
    session.execute(text("UPDATE shops SET country = :country WHERE id = :id"), {"country": country, "id": salon.id})
    session.commit()
    desk.post("/app/settings/people", form="/app/settings", name="Lee", phone=typed, role="staff")
    session.rollback()
    assert session.execute(text("SELECT phone FROM staff WHERE name = 'Lee'")).scalar_one_or_none() == kept


def test_a_landline_is_not_opted_in(desk: StaffBrowser, session: Session, salon: Built) -> None:
    ana = a_customer(session, salon, phone="+44 20 7946 0018", sms_opt_in=False)
    session.commit()
    desk.post(f"/app/customers/{ana.id}/opt-in", form=f"/app/customers/{ana.id}", source="at the counter")
    session.rollback()
    assert not reload(session, "customers", ana.id).sms_opt_in
    assert b"This is a landline" in desk.get(f"/app/customers/{ana.id}").data
