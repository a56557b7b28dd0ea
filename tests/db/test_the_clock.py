"""All processes use the clock of the database, which a test can shift for all of them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from db import clock as database_clock
from tests.builders import a_shop, a_slot


def test_the_clock_shows_the_time_of_the_world_until_it_is_shifted(session):
    before = datetime.now(UTC)
    now = database_clock.now(session)
    assert before <= now <= datetime.now(UTC)


def test_a_shift_moves_the_time_of_every_session_at_once(session, clock):
    shift = timedelta(hours=3)
    before = datetime.now(UTC)
    clock.shift(shift)
    now = database_clock.now(session)
    assert before + shift <= now <= datetime.now(UTC) + shift


def test_the_clock_goes_on_within_a_transaction(session):
    first = database_clock.now(session)
    assert database_clock.now(session) > first


def test_defaults_follow_the_shifted_clock(session, clock):
    clock.shift(timedelta(days=2))
    slot = a_slot(session, a_shop(session))
    assert slot.created_at > datetime.now(UTC) + timedelta(days=1)
    assert slot.created_at <= slot.next_search_at - timedelta(minutes=1) <= datetime.now(UTC) + timedelta(days=2)


def test_updated_at_follows_the_shifted_clock(session, clock):
    shop = a_shop(session)
    clock.shift(timedelta(days=2))
    changed = session.execute(text("UPDATE shops SET name = 'Lou' RETURNING updated_at")).scalar_one()
    assert changed - shop.updated_at > timedelta(days=1)


def test_a_time_set_on_purpose_is_not_touched(session):
    a_shop(session)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    changed = session.execute(text("UPDATE shops SET updated_at = :at RETURNING updated_at"), {"at": long_ago})
    assert changed.scalar_one() == long_ago


def test_the_statement_form_of_now_is_read_once_per_statement(session):
    rows = session.execute(
        text("SELECT count(DISTINCT t) FROM (SELECT (SELECT clock_timestamp()) AS t FROM generate_series(1, 1000)) x")
    )
    assert rows.scalar_one() == 1
