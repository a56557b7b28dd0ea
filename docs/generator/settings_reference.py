"""docs/reference/settings.md and .env.example: every environment variable, from the settings classes."""

from collections.abc import Iterator
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli.connection_budget import budget, total
from docs.generator.markdown import MADE_BY, code, page, sentence, table
from settings.all_settings import READ_BY
from settings.database import DatabaseSettings
from settings.environment import FromEnvironment, is_secret
from settings.setting_types import DEVELOPMENT_ONLY, InProduction
from telemetry.build import version

INTRODUCTION = """\
Each process reads only the settings that it needs: the web process has signing secrets but no key that can spend or
send, and the worker has such keys but no signing secrets. A process with invalid settings does not start, and prints
one line for each problem. With `ENVIRONMENT=production`, values that are only suitable for development are also
rejected. For each secret `NAME` (marked with *), the variable `NAME_FILE` can name a file that contains the value
([rotating secrets](../how-to/rotating-secrets.md)). Settings of a shop are columns of `shops`, not environment
variables."""

ENV_EXAMPLE_HEADER = """\
# Settings of slot-recovery. Copy to .env and fill in; docs/reference/settings.md lists the processes that read each
# setting. A line that is commented out shows the default."""

CONNECTIONS = """\
This table lists the maximum number of connections that each process opens with the default `DATABASE_POOL_SIZE`. An
additional web or worker process opens the same number again. A connection that is idle for a minute is closed.
`slots doctor` compares the sum with `max_connections`, minus the connections that are reserved for superusers. With
`DATABASE_POOLER=pgbouncer`, these are connections to the pooler."""

# Further variables of docker-compose.yml: (default, description). The default is "" if the variable must be set.
ONLY_COMPOSE = {
    "POSTGRES_PASSWORD": (
        "",
        "Password of the Postgres superuser, which the system never uses. Generate it with openssl rand -hex 32.",
    ),
    "DATABASE_PASSWORD": (
        "",
        "Password of the role that the system uses; part of DATABASE_URL, which can stay empty.",
    ),
    "REDIS_PASSWORD": ("", "Password of Redis; part of REDIS_URL, which can stay empty."),
    "FLOWER_BASIC_AUTH": ("", "Credentials for Flower, in the form user:password."),
    "WEB_ADDRESS": ("127.0.0.1:8000", "Address on this machine to which the TLS proxy forwards requests."),
    "TAG": (version(), "Tag of the image slot-recovery, which is the version of the code."),
    "MEMORY_LIMIT": ("1g", "Memory limit of each container."),
    "LOCK": ("run.txt", "Lock file that the image installs; extras.txt for tracing."),
}


def settings_page() -> str:
    """Returns the page, with a section for each settings class."""
    environment = FromEnvironment.model_fields["environment"]
    sections = [f"## Every process\n\n{_table([('environment', environment)])}"]
    for kind, processes in READ_BY.items():
        heading = kind.__name__.removesuffix("Settings")
        about = f"{sentence(kind)} Read by: {', '.join(processes)}."
        sections.append(f"## {heading}\n\n{about}\n\n{_table(_own_fields(kind))}")
    rows = (
        (code(n), code(default) if default else "required", about) for n, (default, about) in ONLY_COMPOSE.items()
    )
    compose = f"## docker-compose.yml\n\n{table(('Variable', 'Default', 'Description'), rows)}"
    return page("Settings", INTRODUCTION, *sections, compose, *_connections())


def _connections() -> Iterator[str]:
    default = DatabaseSettings.model_fields["database_pool_size"].default
    rows = ((share.service, str(share.connections), share.reason) for share in budget(default))
    yield "## Connections to Postgres"
    yield CONNECTIONS
    yield table(("Process", "At most", "Reason"), (*rows, ("total", str(total(default)), "")))


def env_example() -> str:
    """Returns the file, with each variable once, below its description."""
    blocks, seen = (
        [ENV_EXAMPLE_HEADER, _lines("environment", FromEnvironment.model_fields["environment"])],
        set[str](),
    )
    for kind in READ_BY:
        fresh = [(name, field) for name, field in _own_fields(kind) if name not in seen]
        seen |= {name for name, _ in fresh}
        heading = [f"# --- {kind.__name__.removesuffix('Settings')}: {sentence(kind)}"] if fresh else []
        blocks += heading + [_lines(name, field) for name, field in fresh]
    blocks.append("# --- docker-compose.yml")
    blocks += [
        f"# {about}\n{'# ' if default else ''}{name}={default}" for name, (default, about) in ONLY_COMPOSE.items()
    ]
    return "\n\n".join((f"# {MADE_BY.strip('<!- >')}", *blocks)) + "\n"


def _own_fields(kind: type[FromEnvironment]) -> list[tuple[str, FieldInfo]]:
    return [(name, field) for name, field in kind.model_fields.items() if name != "environment"]


def _table(fields: list[tuple[str, FieldInfo]]) -> str:
    rows = (
        (
            code(name.upper()) + ("*" if is_secret(field) else ""),
            _shown(field),
            field.description or "",
            _production_rule(field),
        )
        for name, field in fields
    )
    return table(("Variable", "Default", "Description", "In production"), rows)


def _shown(field: FieldInfo) -> str:
    default = _plain(field.default)
    return code(default) if default else "none"


def _plain(default: Any) -> str:
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "" if value is None else str(value)


def _production_rule(field: FieldInfo) -> str:
    return "; ".join(f"rejected if it {_breaks(rule)}" for rule in _rules(field))


def _breaks(rule: InProduction) -> str:
    return rule.fix.partition("; ")[0].replace("must be", "is not")


def _rules(field: FieldInfo) -> Iterator[InProduction]:
    return (rule for rule in field.metadata if isinstance(rule, InProduction))


def _lines(name: str, field: FieldInfo) -> str:
    default = _plain(field.default)
    # A variable that must be set is not commented out.
    line = f"{name.upper()}={default}"
    is_open = field.description is not None and not default and field.default is not None
    return f"# {field.description}\n{line if is_open or default == DEVELOPMENT_ONLY else f'# {line}'}"
