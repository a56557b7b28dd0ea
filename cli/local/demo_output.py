"""Prints the steps of `slots demo` with the seconds since the start."""

import time

from rich.console import Console

MARKS = {
    "cancel": ("✗", "red"),
    "ask": ("✉", "cyan"),
    "silence": ("…", "yellow"),
    "yes": ("✓", "green"),
    "link": ("£", "cyan"),
    "declined": ("✗", "red"),
    "sorry": ("✉", "yellow"),
    "paid": ("£", "green"),
    "booked": ("★", "green"),
}

# The timeline goes to stdout, because it is the output of the command. Rich respects NO_COLOR.
_console = Console(highlight=False)
_began = 0.0


def show_step(mark: str, sentence: str, text: str = "") -> None:
    """Prints a step, followed by the text that the customer receives."""
    global _began
    _began = _began or time.monotonic()
    sign, colour = MARKS[mark]
    _console.print(f"{time.monotonic() - _began:6.1f} s  [{colour}]{sign}[/]  {sentence}", soft_wrap=True)
    if text:
        _console.print(f"              [dim]“{text}”[/]", soft_wrap=True)


def show_end(*, seconds: float, saved: str, by: str) -> None:
    _console.print(f"\n[bold green]Sold again in {seconds:.0f} s:[/] {by} has the appointment, {saved} taken.")
