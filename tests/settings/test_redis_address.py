"""REDIS_URL names one server or several Sentinels. A cluster is refused with a specific message."""

from __future__ import annotations

import pytest

from settings.loading import load, problems_of
from settings.redis import RedisSettings
from settings.redis_address import RedisAddress, parse

READ = [
    ("redis://:pw@redis.internal:6379/2", RedisAddress((("redis.internal", 6379),), False, 2, None, "pw")),
    ("rediss://app:p%40w@redis.internal", RedisAddress((("redis.internal", 6379),), True, 0, "app", "p@w")),
    ("redis://[::1]:7000/0", RedisAddress((("::1", 7000),), False, 0)),
    (
        "sentinel://:pw@a:26379,b,[::1]:26380/1?master_name=slots&sentinel_password=s",
        RedisAddress((("a", 26379), ("b", 26379), ("::1", 26380)), False, 1, None, "pw", "slots", None, "s"),
    ),
    (
        "sentinels://app:pw@a,b/0",
        RedisAddress((("a", 26379), ("b", 26379)), True, 0, "app", "pw", "mymaster"),
    ),
    (
        "sentinel://:pw@a:26379/0;sentinel://:pw@b:26380/0",
        RedisAddress((("a", 26379), ("b", 26380)), False, 0, None, "pw", "mymaster"),
    ),
]
REFUSED = [
    ("redis+cluster://redis.internal:6379", "Redis Cluster"),
    ("rediss+cluster://redis.internal:6379", "Redis Cluster"),
    ("redis-cluster://a:6379,b:6379", "Redis Cluster"),
    ("cluster://a:6379", "Redis Cluster"),
    ("redis://a:6379,b:6379/0", "Sentinel"),
    ("unix:///run/redis.sock", "redis://"),
    ("redis://a:99999/0", "port"),
    ("sentinel://a:26379,b:x/0", "port"),
    ("redis://:p[w@a:6379/0", "%5B"),
    ("sentinel://a:26379,[::1/0", "port"),
    ("sentinel://a:26379,/0", "host"),
    ("sentinel://a:26379/mymaster", "master_name"),
    ("sentinel://a:26379/0?mastername=slots", "master_name"),
    ("sentinel://a:26379/0?ssl_cert_reqs=none", "REDIS_CA_FILE"),
]


@pytest.mark.parametrize(("url", "address"), READ)
def test_an_address_is_read(url: str, address: RedisAddress) -> None:
    assert parse(url) == address


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_an_unusable_address_is_refused_with_its_reason(
    url: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    assert reason in problems_of(RedisSettings)["REDIS_URL"]


def test_kombu_gets_a_url_for_each_sentinel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "sentinel://app:p%40w@a:26379,[::1]:26380/1?master_name=slots")
    assert load(RedisSettings).broker_url == "sentinel://app:p%40w@a:26379/1;sentinel://app:p%40w@[::1]:26380/1"


def test_no_password_is_shown() -> None:
    assert "secret" not in repr(parse("sentinel://:secret1@a/0?sentinel_password=secret2"))
