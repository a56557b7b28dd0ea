"""Fixtures: a shop with a member of staff, who signs in with the code from a message."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from db.access import staff_sessions
from domain.sign_in_codes import code_of, invitation_token, token_hash
from tests.builders import Built, a_number, a_shop, a_staff_member
from tests.dashboard.conftest import SETTINGS

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class StaffBrowser:
    """A browser that sends the requests of a member of staff."""

    web: FlaskClient
    session: Session
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    """The field with the CSRF token, by the cookie to which the token is tied."""

    def get(self, path: str, **more: object) -> TestResponse:
        return self.web.get(path, **more)

    def post(self, path: str, *, form: str | None = None, **fields: object) -> TestResponse:
        """Posts a form with the CSRF token of the page `form`, by default the page at `path`.

        The page is opened only if this browser has no token yet, because a token is valid for every form.
        """
        return self.web.post(path, data=self._token(form or path) | fields)

    def post_multipart(self, path: str, **fields: object) -> TestResponse:
        """Posts a form with a file, as a browser would."""
        return self.web.post(path, data=self._token(path) | fields, content_type="multipart/form-data")

    def _token(self, page: str) -> dict[str, str]:
        if (known := self.tokens.get(self._cookie())) is None:
            found = TOKEN.search(self.get(page).text)
            known = {"csrf_token": found[1]} if found else {}
            if found:
                self.tokens[self._cookie()] = known
        return known

    def _cookie(self) -> str:
        cookie = self.web.get_cookie("slots")
        return cookie.value if cookie else ""

    def asks_for_a_code(self, who: str, **fields: object) -> TestResponse:
        return self.post("/app/login", who=who, **fields)

    def newest_code(self) -> str:
        """Returns the newest code, derived in the same way as for the message."""
        self.session.rollback()
        row = self.session.execute(text("SELECT id, nonce FROM otp_codes ORDER BY created_at DESC LIMIT 1")).one()
        return code_of(SETTINGS["secret_key"], row.id, row.nonce)

    def types(self, code: str, **fields: object) -> TestResponse:
        return self.post("/app/login/code", code=code, **fields)

    def signs_in(self, who: Built) -> StaffBrowser:
        """Signs in by requesting and entering a code."""
        self.asks_for_a_code(who.phone)
        answer = self.types(self.newest_code())
        assert answer.status_code == 303, answer.text
        return self

    def has_signed_in(self, who: Built) -> StaffBrowser:
        """Signs in by creating a session. The five requests of `signs_in` take longer than most tests."""
        self.web.set_cookie("slots_staff", session_of(self.session, who))
        return self


def session_of(session: Session, who: Built) -> str:
    """Creates a session for this member; returns the value of its cookie."""
    token = secrets.token_urlsafe(32)
    assert staff_sessions.begin(
        session, staff_id=who.id, channel="sms", address=who.phone, token_hash=token_hash(token)
    )
    session.commit()
    return token


def link_of(session: Session, name: str, channel: str = "sms") -> str:
    """Returns the path of a member's newest invitation, derived in the same way as for the message."""
    session.rollback()
    found = session.execute(
        text("""SELECT i.id, i.nonce FROM staff_invitations i JOIN staff p ON p.id = i.staff_id
                 WHERE p.name = :name AND i.channel = :channel ORDER BY i.created_at DESC LIMIT 1"""),
        {"name": name, "channel": channel},
    ).one()
    return f"/app/invitations/{invitation_token(SETTINGS['secret_key'], found.id, found.nonce)}"


@pytest.fixture
def salon(session: Session) -> Built:
    shop = a_shop(session, name="Salon Lou", timezone="Europe/London", deposit_cents=2000)
    session.commit()
    return shop


@pytest.fixture
def mia(session: Session, salon: Built) -> Built:
    """The owner of the shop."""
    member = a_staff_member(session, salon, phone=a_number())
    session.commit()
    return member


@pytest.fixture
def stranger(app: Flask, session: Session) -> StaffBrowser:
    """A browser that is not signed in."""
    return StaffBrowser(app.test_client(), session)


@pytest.fixture
def desk(stranger: StaffBrowser, mia: Built) -> StaffBrowser:
    """Mia's browser, signed in."""
    return stranger.has_signed_in(mia)
