"""Rules about dependencies that import-linter cannot check."""

import ast
from functools import cache
from pathlib import Path

from tests.architecture.sources import PACKAGES, imports, modules, name_of, nodes, project_file

OURS = set(PACKAGES) | {"beat_schedule", "tests"}
IMPURE = {"os", "sys", "time", "random", "secrets", "socket", "subprocess", "threading", "logging", "uuid.uuid4"}


def test_only_one_module_decides() -> None:
    callers = {name_of(path) for path in modules(*PACKAGES) if "decide" in called(path)}
    # The simulation applies the same rules in memory and stores nothing.
    assert callers == {"worker.apply_events", "simulation.recovery_play"}


def test_the_sandbox_imports_nothing_of_ours() -> None:
    known = {name.partition(".")[0] for path in modules("sandbox") for name in imports(path)}
    assert known & OURS == {"sandbox"}


def test_nothing_but_the_commands_knows_the_sandbox() -> None:
    others = [package for package in PACKAGES if package not in {"sandbox", "cli"}]
    assert [name_of(path) for path in modules(*others) if any(i.startswith("sandbox") for i in imports(path))] == []


def test_the_domain_asks_no_clock_and_throws_no_dice() -> None:
    for path in modules("domain"):
        assert not IMPURE & {name.partition(".")[0] for name in imports(path)}, name_of(path)
        assert not called(path) & {"now", "today", "utcnow", "uuid4", "open", "print", "getenv"}, name_of(path)


def test_task_names_are_sent_by_the_publisher_alone() -> None:
    """A Celery message sent without an outbox row can be lost."""
    senders = {name_of(path) for path in modules(*PACKAGES) if called(path) & {"send_task", "apply_async", "delay"}}
    # Commands also publish rows: tasks to retry, and the canary that `slots doctor` sends through each queue.
    assert senders <= {"outbox.transactions", "outbox.broker", "cli.add_tasks", "cli.doctor.worker_checks"}


def test_messages_are_written_where_a_purpose_makes_them_the_only_ones() -> None:
    ours = [path for path in modules(*PACKAGES) if "sandbox" not in path.parts]
    writers = {name_of(path) for path in ours if "INSERT INTO messages" in path.read_text(encoding="utf-8")}
    # Texts that are missing from a restored database are inserted as sent.
    # The carrier's id is the key, so each text is inserted only once.
    assert writers <= {"db.messages.messages", "db.messages.message_drafts", "db.messages.restored_texts"}


def test_all_lists_of_packages_agree() -> None:
    project = project_file()
    tool = project["tool"]
    assert sorted(tool["importlinter"]["root_packages"]) == sorted(PACKAGES)
    assert sorted(tool["mypy"]["packages"]) == sorted([*PACKAGES, "docs.generator"])
    assert sorted(p.removesuffix("*") for p in tool["setuptools"]["packages"]["find"]["include"]) == sorted(PACKAGES)


@cache
def called(path: Path) -> set[str]:
    """Returns the unqualified name of every function that a file calls."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                found.add(function.id)
            elif isinstance(function, ast.Attribute):
                found.add(function.attr)
    return found
