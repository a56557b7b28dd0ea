"""The clean-up deletes all expired rows and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.builders import a_customer, a_shop, a_staff_member, a_webhook_event, insert
from tests.world import World


def test_read_notifications_older_than_thirty_days_are_deleted(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    for text, days, read in (("old", 31, True), ("recent", 29, True), ("unread", 400, False)):
        at = now - timedelta(days=days)
        insert(session, "notifications", shop_id=shop.id, text=text, created_at=at, read_at=at if read else None)
    session.commit()
    assert world.perform("cleanup_old_notifications") == {"success": True, "deleted_count": 1, "errors": []}
    assert {row.text for row in world.rows("SELECT text FROM notifications")} == {"recent", "unread"}


def test_a_code_is_deleted_a_day_after_it_expired(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    person = a_staff_member(session, shop)
    for hours in (25, 23, -1):
        insert(session, "otp_codes", shop_id=shop.id, staff_id=person.id, expires_at=now - timedelta(hours=hours))
    session.commit()
    assert world.perform("cleanup_expired_otps")["deleted_count"] == 1
    assert world.one("SELECT count(*) FROM otp_codes") == 2


def test_critical_entries_and_those_about_money_stay_in_the_log(
    world: World, session: Session, now: datetime
) -> None:
    for event, severity, days in (
        ("OfferSent", "info", 366),
        ("OfferExpired", "warning", 366),
        ("OfferDeclined", "info", 364),
        ("NeedsHuman", "critical", 4000),
        ("PaymentSucceeded", "info", 4000),
        ("dispute", "info", 4000),
    ):
        insert(session, "audit_logs", event=event, severity=severity, created_at=now - timedelta(days=days))
    session.commit()
    assert world.perform("cleanup_old_audit_logs")["deleted_count"] == 2
    left = {row.event for row in world.rows("SELECT event FROM audit_logs")}
    assert left == {"OfferDeclined", "NeedsHuman", "PaymentSucceeded", "dispute", "cleanup_old_audit_logs"}


def test_a_webhook_that_was_never_handled_is_never_deleted(world: World, session: Session, now: datetime) -> None:
    for days, handled in ((91, True), (91, False), (89, True)):
        at = now - timedelta(days=days)
        a_webhook_event(session, received_at=at, handled_at=at if handled else None)
    session.commit()
    assert world.perform("cleanup_webhook_events")["deleted_count"] == 1
    assert world.one("SELECT count(*) FROM webhook_events WHERE handled_at IS NULL") == 1


def test_expired_invitations_are_deleted(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    person = a_staff_member(session, shop)
    for hours in (25, 23):
        values = {"token_hash": f"{hours}", "expires_at": now - timedelta(hours=hours)}
        insert(session, "staff_invitations", shop_id=shop.id, staff_id=person.id, **values)
    session.commit()
    assert world.perform("cleanup_expired_invitations")["deleted_count"] == 1
    assert world.one("SELECT token_hash FROM staff_invitations") == "23"


def test_expired_requests_to_join_are_deleted(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    for hours in (25, 23):
        values = {"name": f"{hours}", "phone": "+447700900123", "expires_at": now - timedelta(hours=hours)}
        insert(session, "join_requests", shop_id=shop.id, **values)
    session.commit()
    assert world.perform("cleanup_expired_join_requests")["deleted_count"] == 1
    assert world.one("SELECT name FROM join_requests") == "23"


def test_authorizations_that_were_not_finished_are_deleted(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    person = a_staff_member(session, shop)
    opened = insert(session, "staff_sessions", shop_id=shop.id, staff_id=person.id, token_hash="x")
    for hours in (25, 23):
        values = {"kind": "google", "state_hash": f"{hours}", "expires_at": now - timedelta(hours=hours)}
        insert(session, "calendar_authorizations", shop_id=shop.id, session_id=opened.id, **values)
    session.commit()
    assert world.perform("cleanup_expired_authorizations")["deleted_count"] == 1
    assert world.one("SELECT state_hash FROM calendar_authorizations") == "23"


def test_settled_tasks_are_deleted_after_a_week_and_open_ones_never(
    world: World, session: Session, now: datetime
) -> None:
    for days, settled in ((8, True), (6, True), (400, False)):
        at = now - timedelta(days=days)
        parked = None if settled else at
        insert(
            session,
            "pending_tasks",
            name="tick",
            created_at=at,
            due_at=at,
            settled_at=at if settled else None,
            parked_at=parked,
        )
    session.commit()
    assert world.perform("cleanup_settled_tasks")["deleted_count"] == 1
    assert world.one("SELECT count(*) FROM pending_tasks WHERE name = 'tick'") == 2


def test_all_clean_ups_answer_the_route_with_a_summary(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    insert(session, "notifications", shop_id=shop.id, created_at=now - timedelta(days=40), read_at=now)
    session.commit()
    answer = world.perform("run_all_cleanup_jobs")
    assert answer["success"] is True
    assert abs(datetime.fromisoformat(answer["timestamp"]) - now) < timedelta(minutes=1)
    assert answer["summary"] == {
        "staleBookings": {"cancelled": 0, "errors": []},
        "notifications": {"deleted": 1, "errors": []},
        "otpCodes": {"deleted": 0, "errors": []},
        "auditLogs": {"deleted": 0, "errors": []},
    }


def test_one_row_that_cannot_be_deleted_does_not_stop_the_rest(
    world: World, session: Session, now: datetime, stuck_rows: None
) -> None:
    shop = a_shop(session)
    for text in ("a", "stuck", "b"):
        insert(session, "notifications", shop_id=shop.id, text=text, created_at=now - timedelta(days=40), read_at=now)
    session.commit()
    answer = world.perform("cleanup_old_notifications")
    assert (answer["success"], answer["deleted_count"], len(answer["errors"])) == (False, 2, 1)
    assert world.one("SELECT text FROM notifications") == "stuck"


def test_more_rows_than_a_page_are_all_deleted(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    session.connection().exec_driver_sql(
        "INSERT INTO notifications (shop_id, created_at, read_at) "
        "SELECT %s, now() - interval '40 days' - g * interval '1 second', now() FROM generate_series(1, 2300) g",
        (shop.id,),
    )
    session.commit()
    assert world.perform("cleanup_old_notifications")["deleted_count"] == 2300


@pytest.mark.parametrize("job", ["cleanup_old_notifications", "cleanup_expired_otps"])
def test_each_run_is_remembered_and_says_when_it_is_overdue(world: World, now: datetime, job: str) -> None:
    world.perform(job)
    ((done, errors, ended_at, next_run_at, overdue_at),) = world.rows(
        "SELECT done, errors, ended_at, next_run_at, overdue_at FROM job_runs WHERE job = :job", job=job
    )
    assert (done, errors) == (0, [])
    assert ended_at < next_run_at < overdue_at
    assert (next_run_at.astimezone(UTC).hour, next_run_at.minute) == (2, 0)
    assert world.one("SELECT count(*) FROM audit_logs WHERE event = :job", job=job) == 1


def test_by_night_only_the_zones_are_cleaned_where_it_has_struck_two(
    world: World, session: Session, now: datetime
) -> None:
    far_east, far_west = "Pacific/Kiritimati", "Pacific/Pago_Pago"
    for zone in (far_east, far_west):
        shop = a_shop(session, timezone=zone)
        customer = a_customer(session, shop)
        insert(
            session,
            "notifications",
            shop_id=shop.id,
            customer_id=customer.id,
            text=zone,
            created_at=now - timedelta(days=40),
            read_at=now,
        )
    session.commit()
    # The nightly jobs are recorded as done until 2999 in Kiritimati, and only until 2020 in Pago Pago.
    for zone, day in ((far_east, "2999-01-01"), (far_west, "2020-01-01"), ("UTC", "2999-01-01")):
        insert(session, "job_days", job="run_all_cleanup_jobs", timezone=zone, done_for=day)
    session.commit()
    assert world.perform("run_all_cleanup_jobs", "nightly")["summary"]["notifications"]["deleted"] == 1
    assert world.one("SELECT text FROM notifications") == far_east
    assert world.perform("run_all_cleanup_jobs", "nightly") == {"skipped": True, "reason": "no_zone_due"}


@pytest.fixture
def stuck_rows(world: World) -> Iterator[None]:
    """Prevents the deletion of notifications with the text "stuck"."""
    world.rows("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                  $$BEGIN IF OLD.text = 'stuck' THEN RAISE 'stuck'; END IF; RETURN OLD; END$$""")
    world.rows("CREATE TRIGGER refuse BEFORE DELETE ON notifications FOR EACH ROW EXECUTE FUNCTION refuse()")
    yield
    world.rows("DROP TRIGGER refuse ON notifications")
    world.rows("DROP FUNCTION refuse")


def test_events_and_their_deliveries_are_kept_for_thirty_days(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    endpoint = insert(session, "webhook_endpoints", shop_id=shop.id, url="https://hooks.example/", secret="x")
    for days in (31, 29):
        at = {"shop_id": shop.id, "created_at": now - timedelta(days=days)}
        event = insert(session, "events", type="slot.opened", **at)
        insert(session, "webhook_deliveries", webhook_endpoint_id=endpoint.id, event_id=event.id, **at)
    session.commit()
    assert world.perform("cleanup_webhook_deliveries")["deleted_count"] == 1
    assert world.perform("cleanup_old_events")["deleted_count"] == 1
    assert world.one("SELECT created_at FROM events JOIN webhook_deliveries USING (created_at)") == now - timedelta(
        days=29
    )
