"""Explains why Postgres or its pooler refuses a connection, and how to fix the problem."""

from cli.doctor.findings import Finding, failure

REFUSALS = (
    # Each row: a text of psycopg, libpq, Postgres or PgBouncer, then the name, message and fix of the finding.
    (
        ("session is ", "server is in hot standby mode"),
        "postgres.no_primary",
        "no server in DATABASE_URL has what target_session_attrs wants",
        "Promote a standby, or name the primary in DATABASE_URL too.",
    ),
    (
        ("too many c", "remaining connection slots", "no more connections allowed"),
        "postgres.full",
        "Postgres or its pooler has no connection left",
        (
            "See who holds them: SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1. Then raise "
            "max_connections, lower DATABASE_POOL_SIZE, or put PgBouncer before it (DATABASE_POOLER=pgbouncer)."
        ),
    ),
    (
        ("server login has been failing", "server_login_retry", "query_wait_timeout", "cannot connect to server"),
        "postgres.behind_pooler",
        "PgBouncer answers, but does not reach Postgres",
        "Start Postgres; if it runs, the log of PgBouncer has the reason.",
    ),
    (
        ("certificate", "SSL error"),
        "postgres.certificate",
        "the certificate of Postgres is not accepted",
        (
            "Renew it if it has expired; its CA must be in sslrootcert, and its name the host in DATABASE_URL. "
            "Postgres reads a new certificate at a reload."
        ),
    ),
    (
        ("is starting up", "is shutting down", "in recovery mode", "No space left"),
        "postgres.not_up",
        "Postgres is not ready",
        "Wait until it has started; if it does not, its log has the reason, such as a full disk.",
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
        "postgres.refuses_us",
        f"Postgres rejects the login: {reason.splitlines()[0]}",
        "Fix user, password and database name in DATABASE_URL; a new database is made with: createdb NAME",
    )
