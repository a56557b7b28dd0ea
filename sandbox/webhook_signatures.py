"""Signs webhooks as Twilio, Stripe and Resend do."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def twilio_signature(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """Returns the HMAC-SHA1 of the URL and the sorted parameters (https://www.twilio.com/docs/usage/security)."""
    text = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def stripe_signature(secret: str, body: bytes, *, at: int) -> str:
    """Returns the `Stripe-Signature` header.

    `at` is in Unix seconds (https://docs.stripe.com/webhooks#verify-manually).
    """
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def svix_headers(secret: str, message_id: str, body: bytes, *, at: int) -> dict[str, str]:
    """Returns the headers of Resend's webhooks. `at` is in Unix seconds.

    Source: https://docs.svix.com/receiving/verifying-payloads/how
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "svix-id": message_id,
        "svix-timestamp": str(at),
        "svix-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
