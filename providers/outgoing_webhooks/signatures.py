"""Secrets and signatures of outgoing webhooks (Standard Webhooks 1.0.0)."""

import base64
import datetime as dt
import secrets
from collections.abc import Sequence

from standardwebhooks import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret
SECRET_BYTES = 32


def new_secret() -> str:
    """Returns a random secret in the format that receivers enter: whsec_ and base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, body: str, *, now: dt.datetime, signing_secrets: Sequence[str]) -> dict[str, str]:
    """Returns the headers for an attempt, with a signature for each secret. `now` is timezone-aware, in UTC."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(msg_id=message_id, timestamp=now, data=body) for secret in signing_secrets
        ),
    }
