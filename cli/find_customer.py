"""Finds one customer of a shop by id, name or phone number."""

from uuid import UUID

from sqlalchemy.orm import Session

from cli.target_system import CannotError
from views.customer_search import ids_of


def customer_named(session: Session, shop_id: UUID, shop_name: str, words: str) -> UUID:
    """Returns the customer. Raises CannotError unless exactly one customer matches."""
    found = ids_of(session, shop_id, words)
    if not found:
        raise CannotError(f"{shop_name} has no customer “{words}”.")
    if len(found) > 1:
        raise CannotError(f"Several customers match “{words}”. Use an id or a phone number.")
    return found[0]
