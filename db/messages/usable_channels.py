"""The channels on which the workers of this installation can make offers, for processes without their settings."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.channels import Channel

UNUSABLE = "ARRAY(SELECT channel FROM usable_channels WHERE NOT usable)"
"""An SQL expression: the channels that can't be used.

`db.recoveries.recoveries.policy_of` reads it as `unusable_channels`.
"""

NOTE = text("""
INSERT INTO usable_channels (channel, usable) VALUES (:channel, :usable)
ON CONFLICT (channel) DO UPDATE SET usable = excluded.usable, noted_at = (SELECT clock_timestamp())
 WHERE usable_channels.usable <> excluded.usable
""")


def note(session: Session, usable: Mapping[Channel, bool]) -> None:
    """Stores which channels can be used. Writes only changes."""
    values = [{"channel": channel.value, "usable": usable[channel]} for channel in sorted(usable)]
    session.execute(NOTE, values)


def unusable(session: Session) -> frozenset[Channel]:
    """The channels that can't be used."""
    return frozenset(map(Channel, session.execute(text(f"SELECT unnest({UNUSABLE})")).scalars()))
