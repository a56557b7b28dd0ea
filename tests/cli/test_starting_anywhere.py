"""`slots up` becomes ready for any user, even below a private folder."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.local.dotenv import read_dotenv
from cli.local.servers.unprivileged import NOBODY
from tests.cli.checkouts import copy_checkout
from tests.waiting import PATIENCE_SECONDS

OPEN, PRIVATE = 0o755, 0o700
MYSELF = os.geteuid()
# This user id has no entry in /etc/passwd, as in a container that runs with a numeric user id.
UNNAMED = next(number for number in range(54_321, 60_000) if number not in {entry.pw_uid for entry in pwd.getpwall()})
RUN_PYTHON = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import flask'], check=True)"
MAKE_A_USER_NAMESPACE = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"
START_POSTGRES = """
import sys
from pathlib import Path
from cli.local.servers.embedded_postgres import Postgres
Postgres(Path(sys.argv[1])).start().stop()
"""
# A command prefix that runs the command as another user.
Become = tuple[str, ...]
# Creates a folder with this mode inside a folder of the same mode.
MakesFolder = Callable[[str, int], Path]
only_root = pytest.mark.skipif(MYSELF != 0, reason="only root can become another user")


@pytest.mark.long
def test_it_starts_for_whoever_runs_the_tests(make_folder: MakesFolder) -> None:
    code = copy_checkout(make_folder("checkout", PRIVATE) / "slots")
    folder = make_folder("data", PRIVATE) / "data"

    check_start_and_stop(code, folder, temporary=make_folder("tmp", PRIVATE))

    assert folder.stat().st_mode & 0o777 == PRIVATE


@pytest.mark.long
@pytest.mark.parametrize(("checkout", "data"), [(OPEN, OPEN), (OPEN, PRIVATE), (PRIVATE, OPEN)])
def test_postgres_starts_for_whoever_runs_the_tests(make_folder: MakesFolder, checkout: int, data: int) -> None:
    """Only Postgres runs under another identity, for which the modes of the folders matter."""
    code = copy_checkout(make_folder("checkout", checkout) / "slots")

    done = start_postgres(code, make_folder("data", data) / "data", temporary=make_folder("tmp", data))

    assert done.returncode == 0, done.stderr


@pytest.mark.long
@only_root
def test_it_starts_for_a_plain_user_in_folders_of_their_own(make_folder: MakesFolder) -> None:
    code, data, temporary = folders_of(NOBODY, make_folder)

    check_start_and_stop(code, data, temporary=temporary, become=to_become(NOBODY))


@pytest.mark.long
@only_root
def test_a_user_without_a_name_starts_postgres_or_gets_advice(make_folder: MakesFolder) -> None:
    """A user without a name can start Postgres only in a user namespace, which some machines do not allow."""
    code, data, temporary = folders_of(UNNAMED, make_folder)
    become = to_become(UNNAMED)

    may_rename = subprocess.run([*become, sys.executable, "-c", MAKE_A_USER_NAMESPACE], check=False).returncode == 0
    done = start_postgres(code, data, temporary=temporary, become=become)

    assert done.returncode == 0 if may_rename else "/etc/passwd" in done.stderr, done.stderr


def start_postgres(
    code: Path, data: Path, *, temporary: Path, become: Become = ()
) -> subprocess.CompletedProcess[str]:
    """Starts and stops Postgres in a separate process."""
    command = [*become, sys.executable, "-c", START_POSTGRES, str(data)]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary)}
    return subprocess.run(command, cwd=code, env=environment, capture_output=True, text=True, check=False)


def folders_of(user: int, make_folder: MakesFolder) -> tuple[Path, Path, Path]:
    """Creates folders for code, data and temporary files, all below folders that only this user may enter."""
    code = copy_checkout(make_folder("checkout", PRIVATE) / "slots")
    data, temporary = make_folder("data", PRIVATE), make_folder("tmp", PRIVATE)
    for folder in (code, data, temporary):
        hand_over(folder.parents[1], user)
    return code, data / "data", temporary


def check_start_and_stop(code: Path, data: Path, *, temporary: Path, become: Become = ()) -> None:
    with up(code, data, temporary=temporary, become=become) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n", process.communicate(timeout=PATIENCE_SECONDS)[1]
            assert read_dotenv(data / "env")["WEB_URL"]
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def up(code: Path, data: Path, *, temporary: Path, become: Become) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*become, sys.executable, "-c", "from cli.main import main; main()", "up", "--empty", "--data", str(data)],
        cwd=code,
        env={"PATH": os.environ["PATH"], "HOME": str(temporary), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def to_become(user: int) -> Become:
    """Returns a command prefix that runs the command as `user`.

    If Python is in a private folder, the command may read all files.
    """
    plain = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")
    reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    for become in (plain, (*plain, *reading)):
        if (
            subprocess.run([*become, sys.executable, "-c", RUN_PYTHON], capture_output=True, check=False).returncode
            == 0
        ):
            return become
    pytest.skip("no other user can run this Python: its folder is private, and root here lacks CAP_DAC_READ_SEARCH")


def hand_over(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


@pytest.fixture
def make_folder() -> Iterator[MakesFolder]:
    """Creates folders below a folder that all users may enter, because pytest's own folders are private."""
    base = Path(tempfile.mkdtemp(prefix="slots-anywhere-"))
    base.chmod(OPEN)

    def make(name: str, mode: int) -> Path:
        inner = base / name / "inner"
        inner.mkdir(parents=True)
        for folder in (inner, inner.parent):
            folder.chmod(mode)
        return inner

    yield make
    shutil.rmtree(base)
