"""A worker imports a large module only if it needs it, because the module takes memory in each worker process."""

import os
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

UNNEEDED = {"flower", "tornado", "prompt_toolkit", "resend", "twilio.rest.api.v2010", "cryptography.fernet"}
PREPARE = """
import importlib, sys
sys.argv = ["worker.start", "worker"]
import worker.start
from providers.calendars.calendars import Calendars
from providers.email.choice import email_sender
from providers.stripe.stripe_client import Stripe
from providers.twilio.twilio_client import Twilio
from settings.calendars import CalendarSettings
from settings.email import EmailSettings
from settings.stripe import StripeSettings
from settings.twilio import TwilioSettings
from worker.app import TASK_MODULES
for module in TASK_MODULES:
    importlib.import_module(module)
email_sender(EmailSettings(resend_api_key="re_1"))
Calendars(CalendarSettings()), Stripe(StripeSettings()), Twilio(TwilioSettings())
print(*sys.modules)
"""


@pytest.mark.long
def test_a_worker_that_is_ready_has_imported_no_module_of_another_process() -> None:
    environment = {**os.environ, "ENVIRONMENT": "development", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not UNNEEDED & set(done.stdout.split())
