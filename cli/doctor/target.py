"""Who is examined: the environment, the settings that could be read from it, and the servers that answered."""

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

if TYPE_CHECKING:
    from redis import Redis

Kind = TypeVar("Kind", bound=FromEnvironment)
# Longer than any process of ours may ask for: the invariants read whole tables.
LIMITS = {"statement_timeout": 60_000, "lock_timeout": 2_000, "idle_in_transaction_session_timeout": 60_000}


@dataclass
class Patient:
    """`engine` and `redis` are set by the check that reached them; `well` names what later checks may rely on."""

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
        """None when they can't be read; why is said among the settings."""
        try:
            return load(kind)
        except SettingsError:
            return None

    def value(self, name: str) -> str:
        """A setting as it is typed, without the spaces around it; empty when it is not."""
        return self.environment.get(name, "").strip()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Committed at the end. For checks that need the database."""
        assert self.engine is not None  # noqa: S101 - the group says that it needs it
        with sessionmaker(self.engine).begin() as session:
            yield session
