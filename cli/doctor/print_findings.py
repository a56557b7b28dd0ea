"""Prints the symbol, state, message and fix of each finding."""

import click

from cli.doctor.findings import Finding, FindingGroup, State
from cli.printing import paint
from domain.plurals import counted

MARKS = {
    State.OK: ("✓", "green"),
    State.WARNING: ("!", "yellow"),
    State.FAILURE: ("✗", "red"),
    State.SKIPPED: ("-", None),
}


def print_group(group: FindingGroup, findings: list[Finding]) -> None:
    if not findings:
        return
    click.echo(paint(group.title, bold=True))
    for finding in findings:
        sign, colour = MARKS[finding.state]
        word = "" if finding.state is State.OK else f"{finding.state.value}: "
        click.echo(f"  {paint(sign, colour)} {paint(word, colour)}{finding.message}")
        if finding.fix:
            click.echo(f"      → {finding.fix}")


def summary(findings: list[Finding]) -> str:
    """Returns, for example, "41 passed, 1 warning, 2 failures"."""
    counts = {state: sum(finding.state is state for finding in findings) for state in State}
    message = [f"{counts[State.OK]} passed"]
    for state, word in ((State.WARNING, "warning"), (State.FAILURE, "failure")):
        if counts[state]:
            message.append(counted(counts[state], word))
    return ", ".join(message)
