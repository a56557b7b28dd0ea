"""The system being checked: its environment, its settings, and its reachable servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from settings.all_settings import READ_BY
from settings.environment import FromEnvironment
from settings.loading import SettingsError, load, problems_of
from settings.secret_files import secret

if TYPE_CHECKING:
    from redis import Redis

Kind = TypeVar("Kind", bound=FromEnvironment)
# The statement timeout is longer than in every other process, because the invariants read whole tables.
LIMITS = {"statement_timeout": 60_000, "lock_timeout": 2_000, "idle_in_transaction_session_timeout": 60_000}


@dataclass
class CheckTarget:
    """The checks that connect to the servers set `engine` and `redis`. `well` contains the names of passed checks."""

    environment: Mapping[str, str]
    least_free_bytes: int
    canary_seconds: float = 10.0
    problems: dict[str, str] = field(default_factory=lambda: problems_of(*READ_BY))
    engine: Engine | None = None
    redis: Redis | None = None
    well: set[str] = field(default_factory=set)

    @property
    def in_production(self) -> bool:
        return self.environment.get("ENVIRONMENT", "development").strip().lower() == "production"

    def settings(self, kind: type[Kind]) -> Kind | None:
        """Returns the settings, or None if they are invalid; the settings checks report the reason."""
        try:
            return load(kind)
        except SettingsError:
            return None

    def value(self, name: str) -> str:
        """Returns the stripped value of a setting, from the environment or its file, or an empty string."""
        from_file = secret(self.environment, name)
        return from_file if isinstance(from_file, str) else self.environment.get(name, "").strip()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Opens a transaction for a check, and commits it at the end."""
        assert self.engine is not None  # noqa: S101 - the group of checks needs Postgres
        with sessionmaker(self.engine).begin() as session:
            yield session
