"""Serves style sheets, scripts and icons under a versioned path so that browsers can cache them for a long time.

The version is a path segment so that relative imports between scripts include it.
"""

from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

FOLDER = Path(__file__).with_name("static")
A_YEAR = 365 * 24 * 60 * 60
bp = Blueprint("assets", __name__, url_prefix="/static")


def install(app: Flask) -> None:
    """Adds `asset(name)` to templates."""
    app.register_blueprint(bp)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The URL path of a file in `static/`."""
    # url_for can't be used, because the error page for an unknown host is rendered outside any route.
    return f"{bp.url_prefix}/{VERSION}/{name}"


@bp.get("/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """Serves the current file. If the path contains an old version, the response forbids caching."""
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
