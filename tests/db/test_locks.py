"""An advisory lock has one holder and ends with the holder's connection."""

import pytest
from sqlalchemy import event, text

from db.locks import advisory_lock
from db.migrating import MIGRATION_LOCK
from tests.waiting import wait_for
from worker.appointments.settle import RESOLVE_OUTCOMES_LOCK as OUTCOMES
from worker.sweep import ONE_SWEEP_AT_A_TIME as SWEEP


def test_the_second_caller_learns_at_once_that_the_lock_is_taken(engine):
    with advisory_lock(engine, SWEEP) as first, advisory_lock(engine, SWEEP) as second:
        assert (first, second) == (True, False)


def test_the_lock_is_free_after_the_block(engine):
    with advisory_lock(engine, SWEEP):
        pass
    with advisory_lock(engine, SWEEP) as held:
        assert held


def test_the_holder_of_the_lock_does_not_delay_vacuum(engine):
    holder = text("""
    SELECT state, backend_xmin IS NULL AND backend_xid IS NULL FROM pg_stat_activity
     WHERE pid = (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted)
    """)
    with advisory_lock(engine, SWEEP) as held, engine.connect() as other:
        assert held
        assert other.execute(holder, {"key": SWEEP}).one() == ("idle in transaction", True)


def test_the_lock_is_free_after_an_error_in_the_block(engine):
    with pytest.raises(ValueError, match="broken"), advisory_lock(engine, SWEEP):
        raise ValueError("broken")
    with advisory_lock(engine, SWEEP) as held:
        assert held


def test_a_process_killed_during_the_lock_leaves_no_session_that_holds_it(engine):
    def stop(_connection, _cursor, sql, *_):
        if "pg_try_advisory_xact_lock" in sql:
            raise KeyboardInterrupt

    before = sessions(engine)
    event.listen(engine, "before_cursor_execute", stop)
    with pytest.raises(KeyboardInterrupt), advisory_lock(engine, SWEEP):
        pass
    event.remove(engine, "before_cursor_execute", stop)
    wait_for(lambda: sessions(engine) <= before, "the session to end")


def test_migrations_outcomes_and_sweeps_have_a_lock_each():
    assert len({MIGRATION_LOCK, OUTCOMES, SWEEP}) == 3


def test_two_locks_do_not_conflict(engine):
    with advisory_lock(engine, SWEEP), advisory_lock(engine, SWEEP + 1) as held:
        assert held


def test_the_lock_survives_a_pooled_connections_life(engine):
    """Statements in the block use connections of the pool and never the connection that holds the lock."""
    with advisory_lock(engine, SWEEP):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        assert holders(engine) == 1
    assert holders(engine) == 0


def test_the_lock_takes_no_place_in_the_pool(engine):
    with advisory_lock(engine, SWEEP):
        assert engine.pool.checkedout() == 0


def test_the_lock_ends_with_its_connection(engine):
    with advisory_lock(engine, SWEEP) as first:
        assert first
        with engine.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
            )
        with advisory_lock(engine, SWEEP) as second:
            assert second


def holders(engine):
    with engine.connect() as connection:
        here = "locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        return connection.execute(text(f"SELECT count(*) FROM pg_locks WHERE {here}")).scalar_one()


def sessions(engine):
    """Counts the client connections to this database, including its own connection."""
    with engine.connect() as connection:
        here = "backend_type = 'client backend' AND datname = current_database()"
        return connection.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")).scalar_one()
