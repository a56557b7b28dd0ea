"""OAuth grants of shops (RFC 6749, RFC 7636): authorization codes and tokens."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider_time import now
from sandbox.store import Transaction

CODE_LASTS = 600


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires`: the expiry of the access token in Unix seconds."""

    access: str
    refresh: str
    scope: str
    expires: float


@dataclass(frozen=True, slots=True)
class GrantRefused:
    """`error`: an error code from RFC 6749, section 5.2, or from Google."""

    error: str


@dataclass(frozen=True, slots=True)
class TokenStyle:
    """The prefixes of a provider's codes and tokens, and the lifetime of an access token in seconds."""

    code: str
    access: str
    refresh: str
    lasts: float


STYLES: Mapping[str, TokenStyle] = {
    "google": TokenStyle("4/0A", "ya29.", "1//0", 3599),
    "square": TokenStyle("sq0cgb-", "EAAA", "EQAA", 30 * 86400),
}


def allow(tx: Transaction, kind: str, params: Mapping[str, str]) -> str:
    """Creates a grant for the parameters of an authorization request; returns its code."""
    style = STYLES[kind]
    code = style.code + secrets.token_urlsafe(18)
    tx.execute(
        "INSERT INTO oauth_grants (code, kind, client_id, redirect_uri, challenge, scope, refresh_token, expires)"
        " VALUES (?,?,?,?,?,?,?,?)",
        (
            *(code, kind, params.get("client_id", ""), params.get("redirect_uri", "")),
            *(params.get("code_challenge", ""), params.get("scope", "")),
            *(style.refresh + secrets.token_urlsafe(18), now() + CODE_LASTS),
        ),
    )
    return code


def exchange(tx: Transaction, kind: str, given: Mapping[str, Any]) -> Tokens | GrantRefused:
    """Exchanges a code for tokens. A code can be used only once."""
    if not given.get("client_id") or not given.get("client_secret"):
        return GrantRefused("invalid_client")
    row = tx.execute("SELECT * FROM oauth_grants WHERE kind = ? AND code = ?", (kind, given.get("code"))).fetchone()
    if row is None or row["used"] or row["expires"] < now() or row["client_id"] != given["client_id"]:
        return GrantRefused("invalid_grant")
    if row["redirect_uri"] != given.get("redirect_uri", ""):
        return GrantRefused("redirect_uri_mismatch")
    if row["challenge"] and row["challenge"] != _challenge(str(given.get("code_verifier", ""))):
        return GrantRefused("invalid_grant")
    tx.execute("UPDATE oauth_grants SET used = 1 WHERE code = ?", (row["code"],))
    return _tokens(tx, kind, row["code"], row["refresh_token"], row["scope"])


def refresh(tx: Transaction, kind: str, given: Mapping[str, Any]) -> Tokens | GrantRefused:
    """Issues a new access token. Refresh tokens that were entered by hand are accepted."""
    token = str(given.get("refresh_token", ""))
    row = tx.execute("SELECT * FROM oauth_grants WHERE kind = ? AND refresh_token = ?", (kind, token)).fetchone()
    if row is None:
        style = STYLES[kind]
        return Tokens(style.access + secrets.token_hex(8), token, "", now() + style.lasts)
    if row["client_id"] != given.get("client_id") or not given.get("client_secret"):
        return GrantRefused("invalid_client")
    if row["revoked"]:
        return GrantRefused("invalid_grant")
    return _tokens(tx, kind, row["code"], token, row["scope"])


def revoke(tx: Transaction, kind: str, token: str | None = None) -> bool:
    """Revokes the grant of this token, or every grant of this kind if no token is given."""
    if token is None:
        return bool(tx.execute("UPDATE oauth_grants SET revoked = 1 WHERE kind = ?", (kind,)).rowcount)
    return bool(
        tx.execute(
            "UPDATE oauth_grants SET revoked = 1 WHERE kind = ? AND revoked = 0 AND (refresh_token = ?"
            " OR code IN (SELECT code FROM oauth_tokens WHERE token = ?))",
            (kind, token, token),
        ).rowcount
    )


def is_valid(tx: Transaction, token: str | None) -> bool:
    """Returns whether a token is valid. Tokens that were entered by hand are valid."""
    row = tx.execute(
        "SELECT t.expires, g.revoked FROM oauth_tokens t JOIN oauth_grants g USING (code) WHERE t.token = ?", (token,)
    ).fetchone()
    return bool(token) and (row is None or (not row["revoked"] and row["expires"] > now()))


def is_granted(tx: Transaction, token: str | None) -> bool:
    """Returns whether a token was issued by OAuth rather than entered by hand."""
    return tx.execute("SELECT 1 FROM oauth_tokens WHERE token = ?", (token,)).fetchone() is not None


def _tokens(tx: Transaction, kind: str, code: str, refresh_token: str, scope: str) -> Tokens:
    style = STYLES[kind]
    made = Tokens(style.access + secrets.token_urlsafe(18), refresh_token, scope, now() + style.lasts)
    tx.execute("INSERT INTO oauth_tokens (token, code, expires) VALUES (?,?,?)", (made.access, code, made.expires))
    return made


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
