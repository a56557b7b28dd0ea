"""Encrypts the secrets of webhook endpoints with a new SECRET_KEY while the endpoints are in use."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.encryption import Encryption
from db.models import WebhookEndpoint


def encrypt_anew(session: Session, encryption: Encryption) -> int:
    """Encrypts all secrets with the first key, and returns the number of endpoints. Raises SecretUnreadableError.

    Locks the endpoints until the end of the transaction.
    """
    columns = (
        WebhookEndpoint.id,
        WebhookEndpoint.secret,
        WebhookEndpoint.previous_secret,
        WebhookEndpoint.previous_secret_until,
        (WebhookEndpoint.previous_secret_until > func.clock_timestamp()).label("previous_in_use"),
    )
    statement = select(*columns).where(WebhookEndpoint.deleted_at.is_(None))
    endpoints = session.execute(statement.order_by(WebhookEndpoint.id).with_for_update()).all()
    for endpoint in endpoints:
        this = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id)
        session.execute(this.values(secret=encryption.rotate(endpoint.secret)))
        # A trigger has replaced the previous secret with the old ciphertext, so the previous secret is written again.
        previous = encryption.rotate(endpoint.previous_secret) if endpoint.previous_in_use else None
        until = endpoint.previous_secret_until if previous else None
        session.execute(this.values(previous_secret=previous, previous_secret_until=until))
    return len(endpoints)
