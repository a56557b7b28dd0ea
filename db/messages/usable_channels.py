"""Stores which channels the workers can make offers on, for processes that don't have the workers' settings."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.channels import Channel

UNUSABLE = "ARRAY(SELECT channel FROM usable_channels WHERE NOT usable)"
"""An SQL expression for the channels that can't be used.

`db.recoveries.recoveries.policy_of` expects it in the column `unusable_channels`.
"""

NOTE = text("""
INSERT INTO usable_channels (channel, usable) VALUES (:channel, :usable)
ON CONFLICT (channel) DO UPDATE SET usable = excluded.usable, noted_at = (SELECT clock_timestamp())
 WHERE usable_channels.usable <> excluded.usable
""")


def note(session: Session, usable: Mapping[Channel, bool]) -> None:
    """Stores which channels can be used. Writes only the channels that have changed."""
    values = [{"channel": channel.value, "usable": usable[channel]} for channel in sorted(usable)]
    session.execute(NOTE, values)


def unusable(session: Session) -> frozenset[Channel]:
    """Returns the channels that can't be used."""
    return frozenset(map(Channel, session.execute(text(f"SELECT unnest({UNUSABLE})")).scalars()))
