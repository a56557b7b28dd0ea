"""The pages on which a shop allows or denies access to its Square or Google calendar. The pages have no scripts."""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, request

from sandbox.api_calls import sandbox
from sandbox.calendars import grants
from sandbox.html_pages import WITHOUT_SCRIPTS, html_page
from sandbox.loopback import NAMES

bp = Blueprint("authorize", __name__)
LABELS = {"square": "Square", "google": "Google"}
DENIED = {
    "square": {"error": "access_denied", "error_description": "user_denied"},
    "google": {"error": "access_denied"},
}
PATHS = {"square": "/square/oauth2/authorize", "google": "/google/o/oauth2/v2/auth"}


@bp.route(PATHS["square"], methods=["GET", "POST"], defaults={"kind": "square"})
@bp.route(PATHS["google"], methods=["GET", "POST"], defaults={"kind": "google"})
def authorize(kind: str) -> Response:
    """Asks the shop for access, then redirects to the application with a code or an error."""
    wanted = request.args.to_dict()
    problem = _problem(kind, wanted)
    if problem:
        return _page(kind, wanted, problem=problem)
    if request.method == "GET":
        return _page(kind, wanted)
    answer = _code(kind, wanted) if request.form.get("decision") == "allow" else DENIED[kind]
    state = {"state": wanted["state"]} if wanted.get("state") else {}
    back: Response = redirect(f"{wanted['redirect_uri']}?{urlencode(answer | state)}", 302)  # type: ignore[assignment]
    return back


def _code(kind: str, wanted: dict[str, str]) -> dict[str, str]:
    with sandbox().store.transaction() as tx:
        code = grants.allow(tx, kind, wanted)
    return {"code": code} | ({"scope": wanted.get("scope", "")} if kind == "google" else {"response_type": "code"})


def _problem(kind: str, wanted: dict[str, str]) -> str | None:
    if not wanted.get("client_id"):
        return "invalid_client"
    if urlsplit(wanted.get("redirect_uri", "")).hostname not in NAMES:
        return "redirect_uri_mismatch"
    if kind == "google" and (wanted.get("response_type") != "code" or not wanted.get("scope")):
        return "invalid_request"
    return None


def _page(kind: str, wanted: dict[str, str], *, problem: str = "") -> Response:
    parts = urlsplit(wanted.get("redirect_uri", ""))
    # After a form is submitted, the browser follows the redirect only to these addresses.
    back = f" {parts.scheme}://{parts.netloc}" if not problem else ""
    return html_page(
        "authorize.html",
        policy=WITHOUT_SCRIPTS.format(more=back),
        referrer="no-referrer",
        status=400 if problem else 200,
        label=LABELS[kind],
        scopes=wanted.get("scope", "").split(),
        problem=problem,
    )
