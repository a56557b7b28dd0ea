"""`python -m cli.local.servers.make_database` creates the role and the database of a new Postgres.

This runs in a separate process because the supervisor would otherwise keep psycopg's 25 MB of memory.
"""

import os

import psycopg
from psycopg import sql

NEW_ROLE = "CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}"


def main(url: str, owner: str, password: str, database: str) -> None:
    """Creates the role and the database. Replaces the role and the database of an interrupted first start.

    `url`: the superuser's address.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(owner)))
        connection.execute(sql.SQL(NEW_ROLE).format(sql.Identifier(owner), sql.Literal(password)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner))
        )


if __name__ == "__main__":
    main(*(os.environ[name] for name in ("URL", "OWNER", "OWNER_PASSWORD", "DATABASE")))
