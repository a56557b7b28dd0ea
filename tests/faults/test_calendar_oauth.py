"""Square and Google are connected by OAuth, with the real pages, tasks and stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from dashboard.app import create_app
from dashboard.page_dependencies import PageDependencies
from db.sessions import sessions
from outbox.transactions import NoPublisher, Transactions
from providers.calendars.oauth import challenge
from settings.web import WebSettings
from tests.builders import a_number, a_staff_member
from tests.dashboard.conftest import SETTINGS
from tests.dashboard.shop.conftest import StaffBrowser
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

PLACE = "/app/settings/calendars"
SECRETS = ("authorization_code", "access_token", "refresh_token", "code_verifier")


@dataclass
class Owner:
    """An owner's browser, which also opens the provider's page."""

    world: World
    desk: StaffBrowser
    shop: Any
    kind: str

    def begins(self, **fields: str) -> str:
        """Starts the connection; returns the address of the provider's page."""
        form = f"{PLACE}/connect?kind={self.kind}"
        answer = self.desk.post(f"{PLACE}/authorize", form=form, kind=self.kind, **fields)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def decides(self, url: str, decision: str = "allow") -> str:
        """Submits the decision on the provider's page. Returns the path to which the browser is redirected."""
        assert self.world.http.get(url, timeout=PATIENCE_SECONDS).ok
        answer = self.world.http.post(
            url, data={"decision": decision}, allow_redirects=False, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == f"{SETTINGS['app_url']}{PLACE}/{self.kind}/callback"
        return f"{back.path}?{back.query}"

    def connects(self, **fields: str) -> str:
        """Connects a calendar. Returns the path of the calendar's page, which shows the preview."""
        answer = self.desk.get(self.decides(self.begins(**fields)))
        assert answer.status_code == 303, answer.text
        self.world.work()
        return str(answer.location)

    def imports(self) -> CalendarShop:
        page = self.connects()
        assert self.desk.post(f"{page}/import", form=page).status_code == 303
        self.world.work()
        began = self.world.clock.now().replace(microsecond=0, second=0)
        return CalendarShop(self.world, self.kind, self.shop, UUID(page.rpartition("/")[2]), began)

    def stored(self) -> Any:
        (row,) = self.world.rows("SELECT * FROM calendars")
        return row

    def credentials(self) -> dict[str, str]:
        found: dict[str, str] = self.world.dependencies.calendars.box.decrypt(self.stored().credentials)
        return found

    def is_refused(self, path: str) -> bool:
        """Returns whether no calendar was connected and the page reports the failure."""
        answer = self.desk.get(path)
        shown = self.desk.get(PLACE).text
        return answer.location == PLACE and "Please start again" in shown and self.calendars() == 0

    def calendars(self) -> int:
        return int(self.world.one("SELECT count(*) FROM calendars"))


@pytest.fixture
def pages(world: World, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("SANDBOX_URL", world.outside.url)
    pool = sessions(world.dependencies.engine)
    return create_app(PageDependencies(WebSettings(**SETTINGS), pool, Transactions(pool, NoPublisher())))


@pytest.fixture(params=long_except(["square", "google"], "google"))
def owner(world: World, pages: Flask, request: pytest.FixtureRequest) -> Owner:
    return signs_in(world, pages, request.param)


def signs_in(world: World, pages: Flask, kind: str, *, shop: Any = None, **columns: Any) -> Owner:
    shop = shop or world.shop()
    with world.session() as session:
        mia = a_staff_member(session, shop, phone=a_number(), **columns)
    desk = StaffBrowser(pages.test_client(), Session(world.dependencies.engine)).signs_in(mia)
    desk.session.close()
    return Owner(world, desk, shop, kind)


def test_a_click_connects_and_nothing_is_imported_before_the_preview(owner):
    page = owner.connects(name="Rota")
    stored = owner.stored()
    assert (stored.kind, stored.name, stored.status) == (owner.kind, "Rota", "paused")
    assert stored.settings["preview"]["account"] == "Salon"
    credentials = owner.credentials()
    assert {"access_token", "refresh_token", "expires_at"} <= set(credentials)
    assert not {"authorization_code", "code_verifier", "redirect_uri"} & set(credentials)
    assert "0 appointments" in owner.desk.get(page).text
    assert owner.world.rows("SELECT 1 FROM appointments") == []


def test_the_request_names_the_exact_address_and_a_hashed_secret(owner):
    wanted = {name: values[0] for name, values in parse_qs(urlsplit(owner.begins()).query).items()}
    assert wanted["redirect_uri"] == f"{SETTINGS['app_url']}{PLACE}/{owner.kind}/callback"
    (begun,) = owner.world.rows("SELECT * FROM calendar_authorizations")
    assert wanted["state"] not in str(begun)
    if owner.kind == "google":
        verifier = owner.world.dependencies.calendars.box.decrypt(begun.verifier)["v"]
        assert (wanted["code_challenge"], wanted["code_challenge_method"]) == (challenge(verifier), "S256")
        assert (wanted["access_type"], wanted["prompt"]) == ("offline", "consent")
        assert verifier not in str(wanted)


def test_the_form_may_lead_to_the_provider_only(owner):
    policy = owner.desk.get(f"{PLACE}/connect?kind={owner.kind}").headers["Content-Security-Policy"]
    assert f"form-action 'self' {owner.world.outside.url};" in policy
    assert owner.world.outside.url not in owner.desk.get(PLACE).headers["Content-Security-Policy"]


def test_the_whole_way_of_a_booking(owner):
    salon = owner.imports()
    assert salon.status == "active"
    salon.books()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]


def test_the_page_says_who_reports_changes(owner):
    """Square reports no changes for an OAuth connection, and the shop cannot enter our webhook address at Square."""
    salon = owner.imports()
    shown = owner.desk.get(f"{PLACE}/{salon.calendar_id}").text
    assert ("The webhook is registered." in shown) == (owner.kind == "google")
    assert ("Square does not report changes for this connection" in shown) == (owner.kind == "square")
    assert "Add this address" not in shown


@pytest.mark.quick
@pytest.mark.parametrize("state", ["", "forged", "x" * 5000])
def test_a_forged_state_connects_nothing(owner, state):
    owner.begins()
    assert owner.is_refused(f"{PLACE}/{owner.kind}/callback?code=sq0cgb-x&state={state}")


def test_a_replayed_answer_connects_nothing_more(owner):
    back = owner.decides(owner.begins())
    owner.desk.get(back)
    assert owner.desk.get(back).location == PLACE
    assert owner.calendars() == 1


def test_an_answer_that_comes_too_late_connects_nothing(owner):
    back = owner.decides(owner.begins())
    owner.world.clock.pass_(timedelta(minutes=11))
    assert owner.is_refused(back)


def test_a_state_is_good_for_its_own_provider_only(owner):
    back = owner.decides(owner.begins())
    other = {"square": "google", "google": "square"}[owner.kind]
    assert owner.is_refused(back.replace(f"/{owner.kind}/", f"/{other}/"))


@pytest.mark.quick
def test_the_answer_in_another_browser_connects_nothing(owner, pages):
    """The browser of a colleague or of another shop must not be tricked into connecting another person's account."""
    back = owner.decides(owner.begins())
    for shop in (owner.shop, None):
        other = signs_in(owner.world, pages, owner.kind, shop=shop)
        assert other.is_refused(back)
    assert owner.desk.get(back).location.startswith(f"{PLACE}/")
    assert owner.calendars() == 1


def test_a_browser_that_is_not_signed_in_connects_nothing_and_keeps_no_code(owner, pages):
    back = owner.decides(owner.begins())
    answer = pages.test_client().get(back)
    assert "/app/login" in answer.location
    assert "code" not in answer.location
    assert owner.calendars() == 0


def test_denied_access_is_shown_and_audited(owner):
    answer = owner.desk.get(owner.decides(owner.begins(), "deny"))
    assert answer.location == PLACE
    assert "did not grant access: the request was denied." in owner.desk.get(PLACE).text
    assert owner.calendars() == 0
    assert owner.world.rows("SELECT 1 FROM audit_logs WHERE because LIKE '%request was denied%'")


@pytest.mark.parametrize("answer", ["error=server_error", "code=", "code=a%20b", "code=" + "x" * 2001, "code=%C3%BC"])
def test_an_answer_without_a_code_connects_nothing(owner, answer):
    state = parse_qs(urlsplit(owner.begins()).query)["state"][0]
    assert owner.is_refused(f"{PLACE}/{owner.kind}/callback?{answer}&state={state}")


def test_a_code_that_the_provider_does_not_know_is_a_sentence_in_the_preview(owner):
    state = parse_qs(urlsplit(owner.begins()).query)["state"][0]
    page = owner.desk.get(f"{PLACE}/{owner.kind}/callback?code=made-up&state={state}").location
    owner.world.work()
    shown = owner.desk.get(page).text
    assert "no longer accepts the connection" in shown
    assert f"{page}/reconnect" in shown


@pytest.mark.quick
@pytest.mark.parametrize("role", ["staff", "read_only"])
def test_only_owners_connect(owner, pages, role):
    member = signs_in(owner.world, pages, owner.kind, shop=owner.shop, role=role)
    answer = member.desk.post(f"{PLACE}/authorize", form="/app/appointments", kind=owner.kind)
    assert answer.status_code == 403
    assert member.desk.get(f"{PLACE}/{owner.kind}/callback?state=x&code=y").status_code == 403


def test_a_connection_begins_with_a_recent_sign_in(owner):
    owner.world.rows("UPDATE staff_sessions SET reauthenticated_at = now() - interval '1 hour'")
    answer = owner.desk.post(f"{PLACE}/authorize", form="/app/appointments", kind=owner.kind)
    assert "/app/login" in answer.location


def test_without_an_application_a_token_is_asked_for(owner, monkeypatch):
    for name in ("SQUARE_APPLICATION_ID", "GOOGLE_CLIENT_ID"):
        monkeypatch.delenv(name)
    assert "Connect with" not in owner.desk.get(f"{PLACE}/connect?kind={owner.kind}").text
    answer = owner.desk.post(f"{PLACE}/authorize", form=f"{PLACE}/connect?kind={owner.kind}", kind=owner.kind)
    assert answer.status_code == 400


@pytest.mark.quick
def test_tokens_are_refreshed_before_they_expire(owner):
    salon = owner.imports()
    first = owner.credentials()
    salon.syncs()
    assert owner.credentials()["access_token"] == first["access_token"]
    owner.world.clock.pass_({"google": timedelta(minutes=56), "square": timedelta(days=7, hours=1)}[owner.kind])
    salon.syncs()
    second = owner.credentials()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] == first["refresh_token"]
    assert salon.status == "active"


def test_a_token_that_is_rejected_early_is_refreshed_once(owner):
    salon = owner.imports()
    first = owner.credentials()
    salon.books()
    owner.world.outside.fault(f"{owner.kind} bookings.list", "token_revoked")
    owner.world.outside.fault(f"{owner.kind} webhook", "dropped")
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    assert owner.credentials()["access_token"] != first["access_token"]
    assert salon.status == "active"
    owner.world.outside.fault(f"{owner.kind} bookings.list", "token_revoked", times=2)
    salon.syncs()
    assert salon.status == "broken"


def revoked(owner: Owner) -> CalendarShop:
    """Revokes the access to the shop's calendar, which is then marked as broken."""
    salon = owner.imports()
    salon.books()
    salon.syncs()
    assert salon.post_to("revoke-access")
    salon.syncs()
    assert salon.status == "broken"
    assert salon.here() == [("Nora Bell", "booked")]
    return salon


def test_revoked_access_breaks_the_calendar_and_it_is_reconnected(owner):
    salon = revoked(owner)
    page = f"{PLACE}/{salon.calendar_id}"
    for path in (PLACE, page):
        shown = owner.desk.get(path).text
        assert "access was revoked, or it expired. Reconnect the calendar." in shown
        assert f"{page}/reconnect" in shown
    assert "Reconnect with" in owner.desk.get(f"{page}/reconnect").text
    back = owner.decides(owner.begins(calendar=str(salon.calendar_id)))
    assert owner.desk.get(back).location == page
    assert "Reconnecting" in owner.desk.get(page).text
    owner.world.work()
    assert (salon.status, owner.calendars()) == ("active", 1)
    salon.books("Walk In", hours=30)
    owner.world.clock.pass_(timedelta(minutes=1))
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked"), ("Walk In", "booked")]
    assert owner.stored().new_credentials is None


def test_another_account_does_not_replace_the_first(owner):
    """The other account has different bookings, so our appointments would appear cancelled and would be sold."""
    salon = revoked(owner)
    owner.world.rows("UPDATE calendars SET settings = jsonb_set(settings, '{account,id}', '\"another\"')")
    owner.desk.get(owner.decides(owner.begins(calendar=str(salon.calendar_id))))
    owner.world.work()
    assert salon.status == "broken"
    assert "is another account" in owner.desk.get(f"{PLACE}/{salon.calendar_id}").text
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]


def test_a_calendar_of_another_shop_or_kind_is_not_reconnected(owner, pages):
    salon = owner.imports()
    stranger = signs_in(owner.world, pages, owner.kind)
    form, id = f"{PLACE}/connect?kind={owner.kind}", str(salon.calendar_id)
    for calendar in (id, "no-id"):
        answer = stranger.desk.post(f"{PLACE}/authorize", form=form, kind=owner.kind, calendar=calendar)
        assert answer.status_code == 404
    assert stranger.desk.get(f"{PLACE}/{id}/reconnect").status_code == 404
    other = {"square": "google", "google": "square"}[owner.kind]
    assert owner.desk.post(f"{PLACE}/authorize", form=form, kind=other, calendar=id).status_code == 404


def test_disconnecting_ends_our_access_there(owner):
    salon = owner.imports()
    owner.desk.post(f"{PLACE}/{salon.calendar_id}/disconnect", form=f"{PLACE}/{salon.calendar_id}")
    owner.world.work()
    assert salon.status == "disconnected"
    assert salon.requests("POST", path="/revoke")


def test_access_that_another_calendar_needs_is_kept(owner):
    salon = owner.imports()
    owner.connects(calendar_id="second")
    owner.world.rows(
        "UPDATE calendars SET settings = jsonb_set(settings, '{account,id}', '\"same\"') WHERE settings ? 'account'"
    )
    owner.desk.post(f"{PLACE}/{salon.calendar_id}/disconnect", form=f"{PLACE}/{salon.calendar_id}")
    owner.world.work()
    assert salon.status == "disconnected"
    assert not salon.requests("POST", path="/revoke")


@pytest.mark.quick
def test_no_token_is_in_the_database_tasks_pages_or_logs(owner, capfd):
    salon = owner.imports()
    secrets = [value for name, value in owner.credentials().items() if name in SECRETS]
    assert len(secrets) == 2
    dump = ""
    for (table,) in owner.world.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    ):
        dump += str(owner.world.one(f"SELECT string_agg(t::text, '') FROM {table} t"))
    shown = "".join(
        owner.desk.get(path).text for path in (PLACE, f"{PLACE}/{salon.calendar_id}", "/app/appointments")
    )
    ledger = str(salon.world.outside.ledger())
    logged = "".join(capfd.readouterr())
    for secret in secrets:
        assert secret not in dump + shown + ledger + logged


def test_a_provider_that_is_down_loses_no_code(owner):
    back = owner.decides(owner.begins())
    owner.world.outside.fault(f"{owner.kind} token.refresh", "server_error")
    page = owner.desk.get(back).location
    owner.world.work()
    assert "error" in owner.stored().settings["preview"]
    owner.desk.post(f"{page}/preview", form=page)
    owner.world.work()
    assert owner.stored().settings["preview"]["account"] == "Salon"


def test_tokens_survive_a_check_that_fails_after_the_exchange(owner):
    """The code can be used only once, so the tokens are stored before their first use."""
    salon = revoked(owner)
    owner.world.outside.fault(f"{owner.kind} me", "server_error")
    owner.desk.get(owner.decides(owner.begins(calendar=str(salon.calendar_id))))
    owner.world.work()
    owner.world.clock.pass_(timedelta(minutes=5))
    owner.world.work()
    assert salon.status == "active"
