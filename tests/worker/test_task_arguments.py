"""Arguments of rows are converted to the declared types. Surplus arguments are rejected."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from worker import task_run
from worker.task_run import Outcome, TaskRun

ID = UUID(int=7)


def a_body(run: TaskRun, slot_opening_id: UUID, by: str = "operator", *, within: int | None = None) -> Outcome:
    return {"outcome": f"{slot_opening_id!r} {by} {within}"}


def without_a_type(run, slot_opening_id: UUID) -> Outcome:  # type: ignore[no-untyped-def]
    return {"outcome": "never"}


def run(*args: str) -> Any:
    return task_run._with_typed_ids(a_body)(TaskRun(None, None), *args)["outcome"]  # type: ignore[arg-type]


def test_texts_become_the_declared_types() -> None:
    assert run(str(ID)) == f"{ID!r} operator None"
    assert run(str(ID), "customer") == f"{ID!r} customer None"


def test_surplus_arguments_of_a_later_version_are_not_dropped() -> None:
    with pytest.raises(TypeError, match=r"2 arguments, and 3 were given.*later version"):
        run(str(ID), "customer", "5")


def test_a_body_without_a_task_run_is_not_registered() -> None:
    with pytest.raises(TypeError, match="first parameter must be a TaskRun"):
        task_run._with_typed_ids(without_a_type)
