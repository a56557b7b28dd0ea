"""Serves style sheets, scripts and icons under a path that names their version, so that browsers may keep them.

The version stands in the folder's place, so that what one module imports from another carries it too.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

FOLDER = Path(__file__).with_name("static")
A_YEAR = 365 * 24 * 60 * 60
bp = Blueprint("assets", __name__, url_prefix="/static")


def install(app: Flask) -> None:
    """Templates say `asset('pay.js')`."""
    app.register_blueprint(bp)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The path of a file in `static/`, by its name there."""
    # Not by url_for: a page that refuses an unknown host is written outside of any route.
    return f"{bp.url_prefix}/{VERSION}/{name}"


@bp.get("/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """An old version's page gets the present file, and is told not to keep it under that name."""
    found = send_from_directory(FOLDER, name)
    kept = f"public, max-age={A_YEAR}, immutable"
    found.headers["Cache-Control"] = kept if version == VERSION else "no-cache"
    return found


def _version() -> str:
    digest = sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


VERSION = _version()
