"""If the data folder is unusable, `slots up` prints the reason and the fix, without a traceback."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.local.data_folder import ADVICE, NAMELESS, data_folder
from cli.local.servers.start_errors import DidNotStartError
from tests.cli.commands import bare, command, slots
from tests.effort import long_except

# No user can create a folder here, not even root.
UNWRITABLE = Path("/proc/slots")
# The expected message for each set of mount options.
DISKS = {"size=20m": "Free some space", "ro": "you may write to"}
MOUNT = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh")


@pytest.mark.parametrize("name", long_except(["up", "demo"], "demo"))
def test_a_file_in_its_place_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()

    ran = slots(name, "--data", tmp_path / "file" / "data")

    assert (ran.code, ran.out) == (1, "")
    assert str(tmp_path / "file") in ran.err
    assert "--data" in ran.err


@pytest.mark.parametrize("name", ["up", "demo"])
@pytest.mark.skipif(not UNWRITABLE.parent.exists(), reason="needs a place where nobody can make a folder")
def test_a_folder_that_cannot_be_made_is_named(name: str) -> None:
    ran = slots(name, "--data", UNWRITABLE)

    assert (ran.code, ran.out) == (1, "")
    assert str(UNWRITABLE) in ran.err
    assert "--data" in ran.err


@pytest.mark.parametrize("name", long_except(["up", "demo"], "demo"))
@pytest.mark.parametrize(("options", "advice"), DISKS.items())
def test_a_disk_that_is_full_or_read_only_is_named(tmp_path: Path, name: str, options: str, advice: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    words = command(name, "--data", disk / "data")

    done = subprocess.run(
        [*with_a_disk(disk, options), *words], env=bare(), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert advice in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", ADVICE, ids=errno.errorcode.get)
def test_each_error_on_the_way_ends_with_advice(tmp_path: Path, number: int) -> None:
    """Errors of the disk can also occur after the start, for example when the disk becomes full."""
    file = None if number in NAMELESS else str(tmp_path / "data" / "env")

    with pytest.raises(DidNotStartError) as refused, data_folder(tmp_path / "data"):
        raise OSError(number, os.strerror(number), file)

    assert ADVICE[number] in str(refused.value)


def test_an_error_about_something_else_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), data_folder(tmp_path / "data"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/usr/bin/somewhere")


def test_the_contents_are_readable_only_by_the_owner(tmp_path: Path) -> None:
    with data_folder(tmp_path / "new" / "data") as folder:
        (folder / "logs").mkdir()
        (folder / "logs" / "web.log").touch()

    for path in (folder, *folder.rglob("*")):
        assert not path.stat().st_mode & 0o077, path


def test_a_folder_of_an_earlier_version_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "credentials").touch()

    with data_folder(tmp_path):
        pass

    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_was_there_before_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    with data_folder(tmp_path):
        pass

    assert tmp_path.stat().st_mode & 0o777 == 0o755


def with_a_disk(disk: Path, options: str) -> list[str]:
    """Returns the prefix of a command that mounts a disk on this folder.

    The disk is visible only to that command.
    """
    words = [*IN_A_NAMESPACE, options, str(disk)]
    if not shutil.which("unshare") or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel lets us mount no disk of our own")
    return words
