"""Keys of the HTTP API: `slots_<live|test>_<id>_<secret>`. Only the SHA-256 of the secret is stored."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from db import audit
from db.models import ApiKey, Shop

SECRET_BYTES = 32
READ, WRITE = "read", "write"
LONGEST_LABEL = 100

API_KEY = "api_key:"
"""The prefix of an actor in the audit log if the actor is an API key. The key's label follows the prefix."""

USE_RECORDED_EVERY = timedelta(minutes=1)
"""The minimum time between two updates of `last_used_at`, so that most requests write nothing."""

FORMAT = re.compile(
    r"slots_(live|test)_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})_([0-9a-f]{64})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as the caller sent it, before verification."""

    id: UUID
    live: bool
    secret_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """A valid key and its shop. `country` (ISO 3166) and `sms_from` are columns of the shop."""

    id: UUID
    label: str
    scope: str
    live: bool
    expires_at: datetime | None
    shop_id: UUID
    shop_name: str
    timezone: str
    currency: str
    locale: str
    country: str | None
    sms_from: str | None

    @property
    def actor(self) -> str:
        """The actor in the audit log."""
        return API_KEY + self.label

    def may(self, scope: str) -> bool:
        """Whether the key has the scope. The scope `write` includes `read`."""
        return self.scope == WRITE or scope == READ


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key. `key` is the complete key, which is shown only once."""

    id: UUID
    shop_id: UUID
    scope: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key without its secret. `state` is active, expired or revoked."""

    id: UUID
    shop_id: UUID
    shop: str
    label: str
    scope: str
    live: bool
    state: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def parse(presented: str) -> PresentedKey | None:
    """Parses a key. Returns None if the text does not have the format of a key."""
    match = FORMAT.fullmatch(presented)
    return PresentedKey(UUID(match[2]), match[1] == "live", _hash(match[3])) if match else None


def name_of(actor: str) -> str | None:
    """Returns a name such as "API key Booking system" if the actor is a key, or None."""
    return f"API key {actor.removeprefix(API_KEY)}" if actor.startswith(API_KEY) else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create(
    session: Session,
    shop_id: UUID,
    *,
    label: str,
    scope: str,
    live: bool,
    by: str,
    expires_in: timedelta | None = None,
) -> NewKey:
    """Creates a key, and records this in the audit log. `by` is the actor."""
    id, secret = uuid4(), secrets.token_hex(SECRET_BYTES)
    session.execute(
        insert(ApiKey).values(
            id=id,
            shop_id=shop_id,
            label=label,
            scope=scope,
            live=live,
            secret_hash=_hash(secret),
            created_by=by,
            expires_at=None if expires_in is None else func.clock_now() + expires_in,
        )
    )
    _note(session, shop_id, "ApiKeyCreated", f"An API key with the scope {scope} was created.", id, by=by)
    return NewKey(id, shop_id, scope, f"slots_{'live' if live else 'test'}_{id}_{secret}")


def revoke(session: Session, key_id: UUID, *, by: str, shop_id: UUID | None = None) -> bool | None:
    """Revokes a key with immediate effect.

    Returns False if the key is already revoked, and None if the key does not exist or, if `shop_id` is given, belongs
    to another shop.
    """
    this = [ApiKey.id == key_id, *([ApiKey.shop_id == shop_id] if shop_id else [])]
    found = session.execute(select(ApiKey.shop_id).where(*this)).scalar_one_or_none()
    if found is None:
        return None
    changed = update(ApiKey).where(*this, ApiKey.revoked_at.is_(None)).values(revoked_at=func.clock_now())
    if not session.execute(changed.returning(ApiKey.id)).all():
        return False
    _note(session, found, "ApiKeyRevoked", "An API key was revoked.", key_id, by=by)
    return True


def listed(session: Session, shop_id: UUID | None = None) -> list[ListedKey]:
    """Lists the keys of a shop, or of all shops if `shop_id` is None, newest first."""
    now = select(func.clock_now()).scalar_subquery()
    columns = (
        *(ApiKey.id, ApiKey.shop_id, Shop.name, ApiKey.label, ApiKey.scope, ApiKey.live, ApiKey.created_at),
        *(ApiKey.expires_at, ApiKey.last_used_at, ApiKey.revoked_at, (ApiKey.expires_at <= now).label("expired")),
    )
    statement = select(*columns).join(Shop, Shop.id == ApiKey.shop_id)
    if shop_id is not None:
        statement = statement.where(ApiKey.shop_id == shop_id)
    rows = session.execute(statement.order_by(ApiKey.created_at.desc(), ApiKey.id))
    return [
        ListedKey(
            id=row.id,
            shop_id=row.shop_id,
            shop=row.name,
            label=row.label,
            scope=row.scope,
            live=row.live,
            state="revoked" if row.revoked_at else "expired" if row.expired else "active",
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )
        for row in rows
    ]


def _note(session: Session, shop_id: UUID, event: str, reason: str, key_id: UUID, *, by: str) -> None:
    audit.note(
        session,
        event=event,
        reason=reason,
        shop_id=shop_id,
        actor=by,
        severity="warning",
        detail={"api_key_id": str(key_id)},
    )
