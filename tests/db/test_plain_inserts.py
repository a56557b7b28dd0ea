"""External tools can insert rows with plain SQL and only the published columns. All other columns have defaults."""

import pytest
from sqlalchemy import text

PUBLISHED = {
    "shops": "id, name, timezone, currency, sms_from, deposit_cents",
    "performers": "id, shop_id, name",
    "services": "id, shop_id, name, duration_minutes, price_cents, deposit_cents, active",
    "performer_services": "performer_id, service_id",
    "customers": "id, shop_id, name, phone, email, sms_opt_in",
    "waitlist_entries": "id, shop_id, customer_id, priority, status, source, created_at",
    "staff": "id, shop_id, name, email, phone",
    "appointments": "id, shop_id, customer_id, starts_at, ends_at, status, payment_required, created_at",
    "payments": "id, shop_id, appointment_id, amount_cents, currency, status, stripe_payment_intent_id",
    "slot_openings": ("id, shop_id, starts_at, ends_at, source_appointment_id, status, created_at, updated_at"),
    "slot_offers": ("id, shop_id, slot_opening_id, customer_id, channel, status, sent_at, expires_at, accepted_at"),
    "notifications": "id, shop_id, text, created_at",
    "otp_codes": "id, shop_id, expires_at",
    "audit_logs": "id, severity, because, created_at",
    "messages": "id, shop_id",
    "webhook_events": "id, provider, event_id",
    "pending_tasks": "id, name",
    "suppressions": "id, shop_id, phone",
    "staff_sessions": "id, shop_id, staff_id, token_hash",
}
VALUES = {
    "id": "'11111111-1111-1111-1111-111111111111'",
    **{f"{one}_id": "'11111111-1111-1111-1111-111111111111'" for one in ("shop", "customer", "staff", "appointment")},
    **{f"{one}_id": "'11111111-1111-1111-1111-111111111111'" for one in ("performer", "service")},
    "duration_minutes": "30",
    "price_cents": "5000",
    "active": "true",
    "priority": "0",
    "slot_opening_id": "'11111111-1111-1111-1111-111111111111'",
    "source_appointment_id": "'11111111-1111-1111-1111-111111111111'",
    "timezone": "'Europe/London'",
    "currency": "'gbp'",
    "deposit_cents": "2000",
    "amount_cents": "2000",
    "sms_opt_in": "true",
    "payment_required": "false",
    "channel": "'sms'",
    "severity": "'info'",
    "starts_at": "now() + interval '1 day'",
    "ends_at": "now() + interval '25 hours'",
    **{f"{what}_at": "now()" for what in ("created", "updated", "sent", "accepted", "expires")},
}
STATUS = {
    "appointments": "booked",
    "payments": "pending",
    "slot_openings": "open",
    "slot_offers": "sent",
    "waitlist_entries": "active",
}


def test_the_published_columns_are_enough_for_every_table(session):
    for table, columns in PUBLISHED.items():
        values = [_value(table, column.strip()) for column in columns.split(",")]
        inserted = session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(values)})"))
        assert inserted.rowcount == 1, table
    session.commit()


@pytest.mark.parametrize("severity", ["debug", "info", "warning", "error", "critical"])
def test_the_log_is_written_in_the_words_that_logs_are_written_in(session, severity):
    noted = session.execute(text("INSERT INTO audit_logs (severity) VALUES (:severity)"), {"severity": severity})
    assert noted.rowcount == 1


def test_ids_may_be_left_out(session):
    made = session.execute(text("INSERT INTO shops (name) VALUES ('Lou') RETURNING id")).scalar_one()
    assert made.version == 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("offer_window_minutes", 15),
        ("pace", "fixed"),
        ("offer_window_least_minutes", 3),
        ("payment_window_minutes", 15),
        ("cooldown_hours", 24),
        ("payment_attempts", 1),
        ("require_prior_booking", False),
        ("min_notice_minutes", 30),
        ("recovery_enabled", True),
        ("recover_unpaid", False),
    ],
)
def test_a_shop_starts_with_the_published_policy(session, column, value):
    shop = session.execute(text("INSERT INTO shops (name) VALUES ('Lou') RETURNING *")).one()
    assert getattr(shop, column) == value


def test_a_shop_is_quiet_at_night_unless_it_says_otherwise(session):
    shop = session.execute(text("INSERT INTO shops (name) VALUES ('Lou') RETURNING *")).one()
    assert (str(shop.quiet_from), str(shop.quiet_until)) == ("21:00:00", "08:00:00")


def test_tokens_hold_128_bits_and_differ(session):
    tokens = session.execute(text("SELECT random_token() FROM generate_series(1, 100)")).scalars().all()
    assert len(set(tokens)) == 100
    assert all(len(token) == 34 for token in tokens)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("+44 7700 900-123", "+447700900123"),
        ("+1 (555) 010.0001", "+15550100001"),
        ("+15550100001", "+15550100001"),
        ("07700900123", None),
        ("+0123456789", None),
        ("+123", None),
        ("+1234567890123456", None),
        ("+1555010000x", None),
        ("+15550100001\n+15550100002", None),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_may_be_anything_and_is_judged_by_its_shape(session, typed, understood):
    judged = session.execute(text("SELECT e164(CAST(:typed AS text))"), {"typed": typed}).scalar_one()
    assert judged == understood


def _value(table, column):
    if column == "status":
        return f"'{STATUS[table]}'"
    return VALUES.get(column, f"'{column}'")
