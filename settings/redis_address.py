"""The address of Redis: a single server, or the Sentinels that report a group's current primary."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, quote, unquote

from settings.servers import Server, named, servers_in, split_address

REDIS_PORT, SENTINEL_PORT = 6379, 26379
DEFAULT_GROUP = "mymaster"
"""The name of the group in Sentinel's sample configuration."""


@dataclass(frozen=True, slots=True)
class RedisScheme:
    """The meaning of a URL's scheme.

    `options`: the allowed options, or None if they are not checked. `group`: the group of a URL that does not name
    one.
    """

    tls: bool
    port: int = REDIS_PORT
    options: frozenset[str] | None = None
    group: str | None = None


SENTINEL_OPTIONS = frozenset({"master_name", "sentinel_username", "sentinel_password"})
SCHEMES = {
    "redis": RedisScheme(tls=False),
    "rediss": RedisScheme(tls=True),
    "sentinel": RedisScheme(tls=False, port=SENTINEL_PORT, options=SENTINEL_OPTIONS, group=DEFAULT_GROUP),
    "sentinels": RedisScheme(tls=True, port=SENTINEL_PORT, options=SENTINEL_OPTIONS, group=DEFAULT_GROUP),
}
CLUSTER = (
    "names Redis Cluster, which Celery cannot use as a broker; use a server with cluster mode off (redis://, "
    "rediss://) or Sentinel (sentinel://)"
)
OTHER_SCHEME = (
    "must be a TCP address: redis://host:6379/0, rediss://host:6379/0 or sentinel://host1:26379,host2:26379/0"
)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed address. `servers`: the host and port of the server, or of each Sentinel. `group`: the primary's name.

    `tls` applies to both Sentinels and servers.
    """

    servers: tuple[Server, ...]
    tls: bool
    database: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    group: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)

    @property
    def sentinel_login(self) -> dict[str, str]:
        """The user and password for the Sentinels themselves, or an empty dict without a password."""
        login = {"username": self.sentinel_username, "password": self.sentinel_password}
        return {name: value for name, value in login.items() if value}

    @property
    def named(self) -> str:
        """The hosts and ports, formatted for messages."""
        return named(self.servers)

    def kombu_url(self) -> str:
        """The Sentinels in kombu's format: a URL for each Sentinel, separated by semicolons."""
        login = f"{quote(self.username or '', safe='')}:{quote(self.password, safe='')}@" if self.password else ""
        return ";".join(f"sentinel://{login}{host}/{self.database}" for host in self.named.split(","))


def parse(url: str) -> RedisAddress:
    """Parses the address. Raises ValueError with a sentence if redis-py or kombu cannot use the address."""
    name = url.partition("://")[0].lower()
    scheme = SCHEMES.get(name)
    if scheme is None:
        raise ValueError(CLUSTER if "cluster" in name else OTHER_SCHEME)
    first, servers = _servers(url, scheme.port)
    if len(servers) > 1 and scheme.group is None:
        raise ValueError(
            "names several servers, which only Sentinel can choose from: sentinel://host1:26379,host2:26379"
        )
    options = _options(first, scheme.options)
    return RedisAddress(
        servers=servers,
        tls=scheme.tls,
        database=_database(first),
        username=unquote(first.username or "") or None,
        password=unquote(first.password or "") or None,
        group=scheme.group and (options.get("master_name") or scheme.group),
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
    )


def _servers(url: str, default_port: int) -> tuple[SplitResult, tuple[Server, ...]]:
    """Returns the parts of the first URL, and the servers in all URLs. Commas separate servers; semicolons separate
    URLs.
    """
    addresses = [split_address(part) for part in url.split(";")]
    first, _ = addresses[0]
    return first, tuple(server for _, hosts in addresses for server in servers_in(hosts, default_port=default_port))


def _database(url: SplitResult) -> int:
    number = url.path.strip("/") or "0"
    if not (number.isascii() and number.isdecimal()):
        raise ValueError(
            "ends with a database that is not a number; use /0, and ?master_name=... for Sentinel's group"
        )
    return int(number)


def _options(url: SplitResult, known: frozenset[str] | None) -> dict[str, str]:
    given = parse_qs(url.query, keep_blank_values=True)
    # kombu, redis-py and Flower interpret TLS options in a URL differently or ignore them.
    if any(name.startswith("ssl") for name in given):
        raise ValueError("must have no ssl_... options; use rediss:// or sentinels://, and REDIS_CA_FILE instead")
    if known is not None and set(given) - known:
        raise ValueError(f"has an unknown option; those of Sentinel are {', '.join(sorted(known))}")
    return {name: values[-1] for name, values in given.items()}
