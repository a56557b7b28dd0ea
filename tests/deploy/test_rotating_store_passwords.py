"""Replaces the passwords of Postgres and Redis during operation, as docs/how-to/rotating-secrets.md describes."""

from __future__ import annotations

import re

import psycopg
import pytest
import redis
from sqlalchemy import make_url, text

from cli.local.servers.embedded_postgres import SUPERUSER, Postgres
from cli.local.servers.private_files import kept
from db import migrating
from db.sessions import as_dashboard, sessions
from outbox.broker_connection import connect
from outbox.celery_client import client
from settings.redis import RedisSettings
from tests.builders import a_shop
from tests.deploy.files import ROOT
from tests.servers import engine_on

PAGE = (ROOT / "docs/how-to/rotating-secrets.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_a_second_role_works_on_the_tables_of_the_first(own_postgres: Postgres) -> None:
    migrating.upgrade(own_postgres.url)
    (statements,) = re.findall(r"```sql\n(.+?)```", PAGE, re.DOTALL)
    address = make_url(own_postgres.url)
    superuser = address.set(username=SUPERUSER, password=kept(own_postgres.folder / "superuser-password"))
    with psycopg.connect(superuser.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statements)
    second = address.set(username="slots_b", password="new-password").render_as_string(hide_password=False)

    with engine_on(own_postgres.url) as before, engine_on(second) as after:
        with sessions(before).begin() as session:
            shop = a_shop(session)
        with sessions(after).begin() as session:
            a_shop(session)
            as_dashboard(session, shop.id)
            assert session.execute(text("SELECT count(*) FROM shops")).scalar_one() == 1
    migrating.upgrade(second)
    with psycopg.connect(second) as connection:
        made = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        connection.execute("CREATE TABLE made_by_a_migration ()")
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_a_migration'"
        assert [*made, connection.execute(owner).fetchone()] == [("slots",), ("slots",)]


def test_redis_accepts_two_passwords_meanwhile(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as admin:
        admin.execute_command("ACL SETUSER rotated on >old-password ~* &* +@all")
        old = at(redis_url, "old-password")
        with client(old) as publishing:
            publishing.send_task("send_message", args=["1"])
            admin.execute_command("ACL SETUSER rotated >new-password")
            with client(at(redis_url, "new-password")) as restarted:
                restarted.send_task("send_message", args=["2"])
            publishing.send_task("send_message", args=["3"])
            admin.execute_command("ACL SETUSER rotated <old-password")
        assert admin.llen("texts") == 3
        with connect(old) as refused, pytest.raises(redis.AuthenticationError):
            refused.ping()
        admin.execute_command("ACL DELUSER rotated")


def at(url: str, password: str) -> RedisSettings:
    return RedisSettings(redis_url=url.replace("://", f"://rotated:{password}@"))
