"""Prints a timeline: the stage of the recovery, the entries in order, and the unfinished tasks."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

import click

from cli.marks import mark
from cli.printing import ago, local, paint, phone_shown, without_phones
from domain.money import format_amount
from domain.plurals import counted
from domain.time_zones import zone_named
from views.timeline import PendingStep, Timeline, TimelineEntry
from views.timeline.merging import MergedEntry, merged


def print_timeline(shown: Timeline, *, everything: bool, full_phones: bool) -> None:
    """Prints a line for each merged entry. With `everything`, prints a line for each single entry, including webhooks
    and details.
    """
    zone = zone_named(shown.recovery.timezone)
    for line in _heading(shown, zone, full_phones):
        click.echo(line)
    if everything:
        _print_entries([MergedEntry(entry) for entry in shown.entries], zone, details=True, full_phones=full_phones)
    else:
        entries = merged([entry for entry in shown.entries if not entry.backstage])
        _print_entries(entries, zone, details=False, full_phones=full_phones)
    _print_waiting(shown)


def print_new_entries(before: Timeline, now: Timeline, *, everything: bool, full_phones: bool) -> None:
    """Prints a line for each entry that is new or has changed since `before`."""
    new = [entry for entry in now.entries if entry not in before.entries and (everything or not entry.backstage)]
    zone = zone_named(now.recovery.timezone)
    _print_entries([MergedEntry(entry) for entry in new], zone, details=everything, full_phones=full_phones)


def _heading(shown: Timeline, zone: tzinfo, full_phones: bool) -> Iterator[str]:
    recovery = shown.recovery
    sign, colour = mark(recovery.stage)
    times = f"{local(recovery.starts_at, zone)}–{local(recovery.ends_at, zone, pattern='%H:%M %Z')}"
    what = [times, recovery.shop, recovery.performer, recovery.service]
    yield f"{paint(f'{sign} {recovery.stage.value}', colour, bold=True)}   {' · '.join(filter(None, what))}"
    yield paint(f"recovery {recovery.slot_opening_id}, status {recovery.status.value}", dim=True)
    yield " · ".join(_summary(shown, zone, full_phones))
    yield ""


def _summary(shown: Timeline, zone: tzinfo, full_phones: bool) -> Iterator[str]:
    recovery = shown.recovery
    yield f"{recovery.asked} asked"
    if recovery.customer is not None:
        phone = phone_shown(recovery.phone, full_phones=full_phones)
        yield f"{CUSTOMER_LABELS[recovery.stage.value]} {recovery.customer} {phone}".strip()
    if recovery.until is not None:
        left = (recovery.until - recovery.now).total_seconds()
        in_words = f"{ago(left)} left" if left > 0 else "expired"
        yield f"until {local(recovery.until, zone, pattern='%H:%M:%S')} ({in_words})"
    if recovery.deposit_cents:
        due = format_amount(recovery.deposit_cents, recovery.currency, recovery.locale)
        yield f"deposit {due}" + (" paid" if recovery.paid_cents >= recovery.deposit_cents else "")


CUSTOMER_LABELS = {
    "Offering": "asking",
    "Holding": "held for",
    "Recovered": "booked by",
    "Looking": "last",
    "Closed": "last",
}


def _print_entries(entries: Sequence[MergedEntry], zone: tzinfo, *, details: bool, full_phones: bool) -> None:
    width = max((len(one.main.headline) for one in entries), default=0)
    day = ""
    for one in entries:
        entry = one.main
        if (today := local(entry.at, zone, pattern="%A %d %B %Y, %Z")) != day:
            day = today
            click.echo(paint(day, bold=True))
        sign, colour = mark(entry.kind)
        time = paint(local(entry.at, zone, pattern="%H:%M:%S"), dim=True)
        reason = one.reason if full_phones else without_phones(one.reason)
        click.echo(f"  {time}  {paint(sign, colour)}  {entry.headline.ljust(width)}  {reason}".rstrip())
        for line in _details(entry, full_phones) if details else ():
            click.echo(paint(f"                 {line}", dim=True))


def _details(entry: TimelineEntry, full_phones: bool) -> Iterator[str]:
    for detail in entry.details:
        line = f"{detail.name}: {detail.value}" + (f" ({detail.meaning})" if detail.meaning else "")
        yield line if full_phones else without_phones(line)


def _print_waiting(shown: Timeline) -> None:
    if shown.waiting:
        click.echo("\n" + paint("Unfinished tasks", bold=True))
    for task in shown.waiting:
        click.echo(f"  {_state(task, shown)}  {task.name}  {task.id}")
        if task.last_error:
            click.echo(f"      {task.last_error}")
    if any(task.parked_at for task in shown.waiting):
        click.echo("  Once the cause is fixed: slots pending retry <id>", err=True)


def _state(task: PendingStep, shown: Timeline) -> str:
    if task.parked_at:
        return paint(f"⚠ parked after {counted(task.attempts, 'attempt')}", "red")
    late = (shown.recovery.now - task.due_at).total_seconds()
    when = f"overdue by {ago(late)}" if late > 0 else f"due in {ago(-late)}"
    return f"… {when}" + (f", {counted(task.attempts, 'attempt')}" if task.attempts else "")
