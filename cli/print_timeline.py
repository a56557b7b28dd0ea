"""Prints a timeline: where the recovery stands, what happened in order, what is still to be done."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

import click

from cli.marks import mark
from cli.printing import ago, local, paint, phone_shown, without_phones
from domain.money import format_amount
from domain.plurals import counted
from domain.time_zones import zone_named
from views.timeline import PendingStep, Timeline, TimelineEntry

Said = list[tuple[TimelineEntry, str]]


def print_timeline(told: Timeline, *, everything: bool, full_phones: bool) -> None:
    """`everything`: webhooks and details too."""
    zone = zone_named(told.recovery.timezone)
    for line in _heading(told, zone, full_phones):
        click.echo(line)
    shown = [entry for entry in told.entries if everything or not entry.backstage]
    _print_entries(shown, zone, everything=everything, full_phones=full_phones)
    _print_waiting(told)


def _heading(told: Timeline, zone: tzinfo, full_phones: bool) -> Iterator[str]:
    recovery = told.recovery
    sign, colour = mark(recovery.stage)
    times = f"{local(recovery.starts_at, zone)}–{local(recovery.ends_at, zone, pattern='%H:%M %Z')}"
    what = [times, recovery.shop, recovery.performer, recovery.service]
    yield f"{paint(f'{sign} {recovery.stage.value}', colour, bold=True)}   {' · '.join(filter(None, what))}"
    yield paint(f"recovery {recovery.slot_opening_id}, status {recovery.status.value}", dim=True)
    yield " · ".join(_standing(told, zone, full_phones))
    yield ""


def _standing(told: Timeline, zone: tzinfo, full_phones: bool) -> Iterator[str]:
    recovery = told.recovery
    yield f"{recovery.asked} asked"
    if recovery.customer is not None:
        phone = phone_shown(recovery.phone, full_phones=full_phones)
        yield f"{HAS[recovery.stage.value]} {recovery.customer} {phone}".strip()
    if recovery.until is not None:
        left = (recovery.until - recovery.now).total_seconds()
        in_words = f"{ago(left)} left" if left > 0 else "over"
        yield f"until {local(recovery.until, zone, pattern='%H:%M:%S')} ({in_words})"
    if recovery.deposit_cents:
        due = format_amount(recovery.deposit_cents, recovery.currency, recovery.locale)
        yield f"deposit {due}" + (" paid" if recovery.paid_cents >= recovery.deposit_cents else "")


HAS = {"Offering": "asking", "Holding": "held for", "Recovered": "now", "Looking": "last", "Closed": "last"}


def _print_entries(entries: Sequence[TimelineEntry], zone: tzinfo, *, everything: bool, full_phones: bool) -> None:
    width = max((len(entry.headline) for entry in entries), default=0)
    day = ""
    for entry in entries:
        if (today := local(entry.at, zone, pattern="%A %d %B %Y, %Z")) != day:
            day = today
            click.echo(paint(day, bold=True))
        sign, colour = mark(entry.kind)
        time = paint(local(entry.at, zone, pattern="%H:%M:%S"), dim=True)
        reason = entry.reason if full_phones else without_phones(entry.reason)
        click.echo(f"  {time}  {paint(sign, colour)}  {entry.headline.ljust(width)}  {reason}".rstrip())
        for line in _details(entry, full_phones) if everything else ():
            click.echo(paint(f"                 {line}", dim=True))


def _details(entry: TimelineEntry, full_phones: bool) -> Iterator[str]:
    for detail in entry.details:
        line = f"{detail.name}: {detail.value}" + (f" ({detail.meaning})" if detail.meaning else "")
        yield line if full_phones else without_phones(line)


def _print_waiting(told: Timeline) -> None:
    if told.waiting:
        click.echo("\n" + paint("Still to be done", bold=True))
    for task in told.waiting:
        click.echo(f"  {_state(task, told)}  {task.name}  {task.id}")
        if task.last_error:
            click.echo(f"      {task.last_error}")
    if any(task.parked_at for task in told.waiting):
        click.echo("  Once the cause is mended: slots pending retry <id>", err=True)


def _state(task: PendingStep, told: Timeline) -> str:
    if task.parked_at:
        return paint(f"⚠ set aside after {counted(task.attempts, 'try', 'tries')}", "red")
    late = (told.recovery.now - task.due_at).total_seconds()
    when = f"due for {ago(late)}" if late > 0 else f"due in {ago(-late)}"
    return f"… {when}" + (f", {counted(task.attempts, 'try', 'tries')}" if task.attempts else "")
