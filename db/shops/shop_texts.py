"""A shop's own wording of texts, by kind and language."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.models import ShopText


def of_shop(session: Session, shop_id: UUID) -> dict[tuple[str, str], str]:
    """Returns the shop's own templates by (kind, language)."""
    rows = session.execute(select(ShopText.kind, ShopText.language, ShopText.body).where(ShopText.shop_id == shop_id))
    return {(kind, language): body for kind, language, body in rows}


def save(session: Session, shop_id: UUID, kind: str, language: str, body: str | None) -> None:
    """Stores the shop's own template, or restores the default if `body` is None."""
    if body is None:
        session.execute(
            delete(ShopText).where(ShopText.shop_id == shop_id, ShopText.kind == kind, ShopText.language == language)
        )
        return
    new = insert(ShopText).values(shop_id=shop_id, kind=kind, language=language, body=body)
    session.execute(
        new.on_conflict_do_update(index_elements=["shop_id", "kind", "language"], set_={"body": new.excluded.body})
    )
