"""Explains why Postgres or its pooler refuses a connection, and how to fix the problem."""

from cli.doctor.findings import Finding, failure

DISK_FULL = (
    "Free space on the Postgres disk. If pg_wal is large, repair the command that archives the log, or drop the "
    "replication slot that keeps it. Our processes need no restart."
)

REFUSALS = (
    # Each row: an error message of psycopg, libpq, Postgres or PgBouncer, then the name, message and fix of the
    # finding.
    (
        ("session is ", "server is in hot standby mode"),
        "postgres.no_primary",
        "no server in DATABASE_URL satisfies target_session_attrs",
        "Promote a standby, or add the primary to DATABASE_URL.",
    ),
    (
        ("too many c", "remaining connection slots", "no more connections allowed"),
        "postgres.full",
        "Postgres or its pooler has no free connection",
        (
            "To see which programs use them: SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1. "
            "Then raise max_connections, lower DATABASE_POOL_SIZE, or use PgBouncer (DATABASE_POOLER=pgbouncer)."
        ),
    ),
    (
        ("server login has been failing", "server_login_retry", "query_wait_timeout", "cannot connect to server"),
        "postgres.behind_pooler",
        "PgBouncer responds, but can't reach Postgres",
        (
            "Start Postgres. If it runs, see the log of PgBouncer: the password in auth_file may be wrong, or a "
            "certificate may have expired."
        ),
    ),
    (
        ("statement pooling mode",),
        "postgres.pool_mode",
        "PgBouncer does not support transactions in this mode",
        "Set pool_mode = transaction (or session) in pgbouncer.ini, and reload PgBouncer.",
    ),
    (
        ("certificate", "SSL error"),
        "postgres.certificate",
        "the certificate of Postgres is invalid",
        (
            "Renew it if it has expired; its CA must be in sslrootcert, and its name the host in DATABASE_URL. "
            "Postgres reads a new certificate at a reload."
        ),
    ),
    (("No space left",), "postgres.disk_full", "Postgres can't write", DISK_FULL),
    (
        ("is starting up", "is shutting down", "in recovery mode"),
        "postgres.not_up",
        "Postgres is not ready",
        "Wait until it has started. If it does not start, see its log; the disk may be full.",
    ),
    (
        ("authentication", "password", "does not exist", "no such ", "pg_hba.conf", "not permitted to log in"),
        "postgres.refuses_us",
        "Postgres rejects the login",
        "Fix the user, password and database name in DATABASE_URL. To create a database: createdb NAME",
    ),
)


def refusal(reason: str) -> Finding:
    """Returns the finding for a refusal.

    `reason`: the driver's error. Its last line describes the last server tried.
    """
    for words, name, message, fix in REFUSALS:
        if any(word in reason for word in words):
            return failure(name, f"{message}: {reason.splitlines()[-1]}", fix)
    return failure(
        "postgres.refuses",
        f"Postgres refuses the connection: {reason.splitlines()[0]}",
        "See the log of Postgres or its pooler.",
    )
