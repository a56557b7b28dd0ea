"""The beat schedule, which states how often each periodic task is published.

Each run processes all due work, so a lost, late or duplicate message is harmless. `expires` (in seconds, shorter than
the interval) prevents messages from accumulating while no worker is running.
"""

from typing import Any

from celery.schedules import crontab

SWEEP_MINUTES = 5
SWEEP = crontab(minute=f"*/{SWEEP_MINUTES}")

STALE_AFTER = 0.9
"""A message expires after this fraction of its job's interval."""

RECONCILED_EVERY = {
    # A YES whose webhook was lost must be found within its offer window.
    "reconcile_inbound_texts": 60,
    "reconcile_unknown_texts": 60,
    "reconcile_stripe_events": 120,
    "reconcile_open_intents": 120,
    "reconcile_refunds": 300,
    # This finds changes in connected calendars that no webhook reported.
    "sync_calendars": 120,
    # This checks the invariants in docs/reference/invariants.md.
    "check_invariants": 600,
}
"""The intervals in seconds."""

REMIND_AT_MINUTE = 5

# These tasks run every hour. Nightly jobs (clean-up at 02:00, outcomes at 00:00, weekly summaries at 08:00 in each
# shop's time zone) process only the time zones in which this hour has passed. If beat is down for an hour, the next
# run makes up for the missed run.
HOURLY: dict[str, dict[str, Any]] = {
    "clean_up": {
        "task": "run_all_cleanup_jobs",
        "args": ["nightly"],
        "schedule": crontab(minute="0"),
        "options": {"expires": 3000},
    },
    "remind": {
        "task": "run_all_reminder_jobs",
        "schedule": crontab(minute=REMIND_AT_MINUTE),
        "options": {"expires": 3000},
    },
    "summarise_weeks": {
        "task": "send_weekly_summaries",
        "args": ["nightly"],
        "schedule": crontab(minute="0"),
        "options": {"expires": 3000},
    },
    "maintain_partitions": {
        "task": "maintain_partitions",
        "schedule": crontab(minute="30"),
        "options": {"expires": 3000},
    },
    "resolve_outcomes": {
        "task": "resolve_outcomes",
        "args": ["nightly"],
        "schedule": crontab(minute="0"),
        "options": {"expires": 3000},
    },
}


def entries(*, tick_seconds: float) -> dict[str, dict[str, Any]]:
    """Returns Celery's `beat_schedule`. `tick_seconds`: the interval of the tick, which is a check between two
    sweeps.
    """
    return {
        "expire_offers": {"task": "expire_offers", "schedule": SWEEP, "options": {"expires": 240}},
        "tick": {"task": "tick", "schedule": tick_seconds, "options": {"expires": STALE_AFTER * tick_seconds}},
        **HOURLY,
        **{
            name: {"task": name, "schedule": seconds, "options": {"expires": STALE_AFTER * seconds}}
            for name, seconds in RECONCILED_EVERY.items()
        },
    }
