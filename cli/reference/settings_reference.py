"""docs/reference/settings.md and .env.example: every environment variable, from the settings classes."""

from collections.abc import Iterator
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli.connection_budget import budget, total
from cli.reference.markdown import MADE_BY, code, page, sentence, table
from settings.all_settings import READ_BY
from settings.database import DatabaseSettings
from settings.environment import FromEnvironment
from settings.fields import DEVELOPMENT_ONLY, InProduction

INTRODUCTION = """\
Each process reads only what it needs: the web knows signing secrets and no key that can spend or send, the worker the
reverse. A process refuses to start with one line per problem. `ENVIRONMENT=production` also refuses what is only fit
for trying out. What a shop may change about its recoveries is a column of `shops`, not a setting."""

FROM_OUTSIDE = """\
# Settings of slot-recovery. Copy to .env and fill in; docs/reference/settings.md says which process reads what.
# A line that is commented out shows the default."""

CONNECTIONS = """\
What each process may hold at once with the default `DATABASE_POOL_SIZE`; a second web or worker needs its share
again. A connection that is idle for a minute is given back. `slots doctor` compares the sum with `max_connections`,
less what is reserved for superusers. With `DATABASE_POOLER=pgbouncer` these are connections to the pooler."""

# What docker-compose.yml asks for besides: with its default, or "" where it must be set.
ONLY_COMPOSE = {
    "POSTGRES_PASSWORD": ("", "Of Postgres' superuser, whom the system never works as: openssl rand -hex 32."),
    "DATABASE_PASSWORD": ("", "Of the role it works as; a part of DATABASE_URL, which may then stay empty."),
    "REDIS_PASSWORD": ("", "Of Redis; a part of REDIS_URL, which may then stay empty."),
    "FLOWER_BASIC_AUTH": ("", "Who may look at Flower: user:password."),
    "WEB_ADDRESS": ("127.0.0.1:8000", "Where this machine offers the web to whatever ends TLS for APP_URL."),
    "TAG": ("latest", "Of the image slot-recovery."),
    "LOCK": ("run.txt", "What the image installs; extras.txt for tracing."),
}


def settings_page() -> str:
    """A section for each concern."""
    environment = FromEnvironment.model_fields["environment"]
    sections = [f"## Every process\n\n{_table([('environment', environment)])}"]
    for kind, processes in READ_BY.items():
        heading = kind.__name__.removesuffix("Settings")
        about = f"{sentence(kind)} Read by: {', '.join(processes)}."
        sections.append(f"## {heading}\n\n{about}\n\n{_table(_own_fields(kind))}")
    rows = (
        (code(n), code(default) if default else "must be set", about) for n, (default, about) in ONLY_COMPOSE.items()
    )
    compose = f"## docker-compose.yml\n\n{table(('Variable', 'Default', 'What it is'), rows)}"
    return page("Settings", INTRODUCTION, *sections, compose, *_connections())


def _connections() -> Iterator[str]:
    default = DatabaseSettings.model_fields["database_pool_size"].default
    rows = ((share.service, str(share.most), share.why) for share in budget(default))
    yield "## Connections to Postgres"
    yield CONNECTIONS
    yield table(("Process", "At most", "Why"), (*rows, ("together", str(total(default)), "")))


def env_example() -> str:
    """Each variable once, with its explanation above it."""
    blocks, seen = [FROM_OUTSIDE, _lines("environment", FromEnvironment.model_fields["environment"])], set[str]()
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
    rows = ((code(name.upper()), _shown(field), field.description or "", _demand(field)) for name, field in fields)
    return table(("Variable", "Default", "What it is", "In production"), rows)


def _shown(field: FieldInfo) -> str:
    default = _plain(field.default)
    return code(default) if default else "none"


def _plain(default: Any) -> str:
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "" if value is None else str(value)


def _demand(field: FieldInfo) -> str:
    return "; ".join(f"refused if it {_breaks(rule)}" for rule in _rules(field))


def _breaks(rule: InProduction) -> str:
    return rule.fix.partition("; ")[0].replace("must be", "is not")


def _rules(field: FieldInfo) -> Iterator[InProduction]:
    return (rule for rule in field.metadata if isinstance(rule, InProduction))


def _lines(name: str, field: FieldInfo) -> str:
    default = _plain(field.default)
    # What everybody must set stands open; what has a sensible default is a comment.
    line = f"{name.upper()}={default}"
    is_open = field.description is not None and not default and field.default is not None
    return f"# {field.description}\n{line if is_open or default == DEVELOPMENT_ONLY else f'# {line}'}"
