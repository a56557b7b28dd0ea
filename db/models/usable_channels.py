"""The channels on which the workers of this installation can make offers."""

from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Instant, ModelRecord


class UsableChannel(ModelRecord):
    """One channel. A channel without a row is usable."""

    __tablename__ = "usable_channels"

    channel: Mapped[str] = mapped_column(primary_key=True)
    usable: Mapped[bool]
    noted_at: Mapped[Instant]
