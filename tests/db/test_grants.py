"""The dashboard's role has exactly the privileges that its pages need."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.models import ModelRecord
from db.sessions import as_dashboard
from db.shops import shop_settings
from db.tasks import pending_tasks
from tests.builders import a_customer, a_number, a_shop, a_slot, a_staff_member, an_appointment, insert

READS = {
    "shops",
    "performers",
    "customers",
    "staff",
    "suppressions",
    "appointments",
    "slot_openings",
    "slot_offers",
    "messages",
    "notifications",
    "audit_logs",
    "pending_tasks",
    "job_runs",
    "usable_channels",
    "services",
    "performer_services",
    "appointment_moves",
    "events",
    "webhook_deliveries",
    "refunds",
    "calendar_bookings",
    "conversations",
    "slot_choices",
}
TABLE_WIDE = {(table, "SELECT") for table in READS} | {
    ("customers", "INSERT"),
    ("customers", "UPDATE"),
    ("suppressions", "INSERT"),
    *(("shop_texts", right) for right in ("SELECT", "INSERT", "UPDATE", "DELETE")),
    ("audit_logs", "INSERT"),
    *(("performer_services", right) for right in ("INSERT", "DELETE")),
    *(("calendar_authorizations", right) for right in ("SELECT", "DELETE")),
}
WISH = {
    *("service_id", "performer_id", "weekdays", "time_from", "time_until", "date_from", "date_until"),
    *("notice_minutes", "priority", "priority_reason", "note"),
}
COLUMNS = {
    ("shops", "UPDATE"): set(shop_settings.COLUMNS),
    ("staff", "INSERT"): {"id", "shop_id", "name", "email", "phone", "role", "confirmed_at"},
    ("staff", "UPDATE"): {"name", "email", "phone", "role", "email_alerts", "confirmed_at"},
    ("notifications", "UPDATE"): {"read_at"},
    ("waitlist_entries", "INSERT"): {*WISH, "id", "shop_id", "customer_id", "source"},
    ("waitlist_entries", "UPDATE"): {*WISH, "status", "ended_at"},
    ("otp_codes", "SELECT"): {"id", "shop_id", "staff_id", "channel", "expires_at", "used_at"},
    ("otp_codes", "UPDATE"): {"expires_at"},
    ("appointments", "UPDATE"): {"note"},
    ("services", "INSERT"): {"id", "shop_id", "name", "duration_minutes", "price_cents", "deposit_cents"},
    ("services", "UPDATE"): {"name", "duration_minutes", "price_cents", "deposit_cents", "active"},
    ("performers", "INSERT"): {"id", "shop_id", "name"},
    ("performers", "UPDATE"): {"name", "active"},
    ("conversations", "UPDATE"): {"status", "unread", "assigned_to", "last_reply_at"},
    ("messages", "INSERT"): {
        *("id", "shop_id", "customer_id", "channel", "purpose", "purpose_key", "to_address", "from_address", "body"),
        *("segments", "conversation_id"),
    },
    ("refunds", "INSERT"): {"id", "shop_id", "payment_id", "amount_cents", "reason", "requested_by"},
    ("staff_sessions", "UPDATE"): {"revoked_at"},
    ("staff_invitations", "INSERT"): {"id", "shop_id", "staff_id", "channel", "address", "nonce", "token_hash"},
    ("staff_invitations", "UPDATE"): {"used_at"},
    ("api_keys", "INSERT"): {
        *("id", "shop_id", "label", "scope", "live", "secret_hash", "created_by", "expires_at"),
    },
    ("api_keys", "UPDATE"): {"revoked_at"},
    ("calendars", "INSERT"): {"id", "shop_id", "kind", "name", "status", "credentials", "settings"},
    ("calendars", "UPDATE"): {"status", "settings", "last_error", "new_credentials"},
    ("calendar_authorizations", "INSERT"): {
        *("id", "shop_id", "session_id", "kind", "calendar_id", "name", "settings", "state_hash", "verifier"),
    },
    ("webhook_endpoints", "INSERT"): {"id", "shop_id", "url", "description", "types", "secret"},
    ("webhook_endpoints", "UPDATE"): {
        *("url", "description", "types", "status", "secret", "failing_since", "disabled_at", "disabled_reason"),
        *("tested_at", "deleted_at"),
    },
    ("webhook_deliveries", "UPDATE"): {"status", "next_attempt_at", "tries", "ended_at"},
    ("pending_tasks", "INSERT"): {
        *("id", "shop_id", "name", "args", "key", "webhook_event_id", "due_at", "next_ring_at"),
    },
}
SECRET = {
    "calendars": {"credentials", "new_credentials"},
    "payments": {"client_secret", "pay_token"},
    "staff_sessions": {"token_hash"},
    "staff_invitations": {"nonce", "token_hash"},
    "api_keys": {"secret_hash"},
    "webhook_endpoints": {"secret", "previous_secret"},
    "waitlist_entries": {"token", "email", "email_consent_wording", "email_consent_at"},
    "otp_codes": {"nonce", "browser_hash", "attempts", "address", "refused", "created_at"},
}
"""Columns of tables whose other columns cannot be read."""

WIDE = text("""
SELECT table_name, privilege_type FROM information_schema.role_table_grants
 WHERE grantee IN ('slots_dashboard', 'PUBLIC') AND table_schema = 'public'
""")
NARROW = text("""
SELECT table_name, privilege_type, column_name FROM information_schema.role_column_grants
 WHERE grantee IN ('slots_dashboard', 'PUBLIC') AND table_schema = 'public'
""")


def test_the_role_has_these_rights_on_tables_and_no_others(session):
    assert {tuple(row) for row in session.execute(WIDE)} == TABLE_WIDE


def test_the_role_has_these_rights_on_columns_and_no_others(session):
    columns = {name: set(table.c.keys()) for name, table in ModelRecord.metadata.tables.items()}
    right = COLUMNS | {(table, "SELECT"): columns[table] - hidden for table, hidden in SECRET.items()}
    found = {}
    for table, privilege, column in session.execute(NARROW):
        if (table, privilege) not in TABLE_WIDE:
            found.setdefault((table, privilege), set()).add(column)
    assert found == right


@pytest.fixture
def ours(session):
    shop = a_shop(session)
    session.commit()
    return shop


@pytest.fixture
def mia(session, ours):
    member = a_staff_member(session, ours, phone=a_number())
    session.commit()
    return member


@pytest.fixture
def their_slot(session):
    slot = a_slot(session, a_shop(session))
    session.commit()
    return slot


def expect_refusal(session, **task):
    with pytest.raises(DBAPIError, match="row-level security"):
        insert(session, "pending_tasks", **task)
    session.rollback()


def test_a_task_about_another_shops_row_is_refused(session, ours, mia, their_slot):
    """The task belongs to the first shop, but its arguments refer to a row of another shop."""
    as_dashboard(session, ours.id)
    expect_refusal(session, shop_id=ours.id, name="step_in", args=[str(their_slot.id), "stop", str(mia.id)])


@pytest.mark.parametrize("name", ["cancel_appointment", "refund_payment", "send_message", "opt_in", "expire_offers"])
def test_a_task_that_no_page_asks_for_is_refused(session, ours, name):
    appointment = an_appointment(session, a_customer(session, ours))
    session.commit()
    as_dashboard(session, ours.id)
    expect_refusal(session, shop_id=ours.id, name=name, args=[str(appointment.id)])


@pytest.mark.parametrize("borrowed", [{"key": "refund_payment:1"}, {"webhook": True}])
def test_a_task_takes_no_other_tasks_key_or_webhook(session, ours, mia, borrowed):
    slot = a_slot(session, ours)
    event = insert(session, "webhook_events", provider="stripe", event_id="evt_1")
    session.commit()
    given = {"webhook_event_id": event.id} if "webhook" in borrowed else borrowed
    as_dashboard(session, ours.id)
    expect_refusal(session, shop_id=ours.id, name="step_in", args=[str(slot.id), "stop", str(mia.id)], **given)


def test_a_task_requested_by_a_page_is_accepted(session, ours, mia):
    slot = a_slot(session, ours)
    session.commit()
    as_dashboard(session, ours.id)
    assert pending_tasks.add(session, "step_in", slot.id, "stop", mia.id, shop_id=ours.id)


FORBIDDEN = {
    "lifts an opt-out": "UPDATE suppressions SET lifted_at = now()",
    "takes another number to send from": "UPDATE shops SET sms_from = '+15550000000'",
    "reads the secret of a card payment": "SELECT client_secret FROM payments",
    "reads what codes are derived from": "SELECT nonce FROM otp_codes",
    "reads the hash of a session": "SELECT token_hash FROM staff_sessions",
    "opens a session": "INSERT INTO staff_sessions (shop_id, staff_id, token_hash) VALUES (:shop, :member, 'x')",
    "gives a code more tries": "UPDATE otp_codes SET attempts = 0",
    "books": "UPDATE appointments SET status = 'booked'",
    "marks as paid": "UPDATE payments SET status = 'succeeded'",
    "settles a task": "UPDATE pending_tasks SET settled_at = now()",
    "sends a text": "INSERT INTO messages (shop_id, body) VALUES (:shop, 'x')",
    "notifies": "INSERT INTO notifications (shop_id, text) VALUES (:shop, 'x')",
    "offers": "UPDATE slot_offers SET status = 'accepted'",
    "rewrites the log": "UPDATE audit_logs SET because = 'x'",
    "adds a member who counts at once": "INSERT INTO staff (shop_id, confirmed_at) VALUES (:shop, now())",
    "confirms a member": "UPDATE staff SET confirmed_at = now() WHERE confirmed_at IS NULL",
    "moves a member to a number nobody confirmed": "UPDATE staff SET phone = '+15550000001' WHERE id = :member",
    "moves a member to another shop": "UPDATE staff SET shop_id = gen_random_uuid()",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_page_cannot(session, ours, mia, what):
    a_staff_member(session, ours, name="Invited", phone=a_number(), confirmed_at=None)
    session.commit()
    as_dashboard(session, ours.id)
    with pytest.raises(DBAPIError, match=r"permission denied|counts when|row-level security"):
        session.execute(text(FORBIDDEN[what]), {"shop": ours.id, "member": mia.id})
