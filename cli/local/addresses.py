"""The addresses and files of a running system, and the settings in its env file."""

import json
from collections.abc import Mapping
from pathlib import Path

from cli.local.servers.free_ports import LOOPBACK
from domain.channels import CHANNELS
from domain.message_templates import VARIABLES

# The default ports. A free port replaces a port that is in use.
USUAL_PORTS: Mapping[str, int] = {"WEB_PORT": 8000, "SANDBOX_PORT": 8010, "FLOWER_PORT": 5555}
ENV_FILE_NAMES = (
    *("DATABASE_URL", "REDIS_URL", "APP_URL", "WEB_URL", "SANDBOX_URL", "FLOWER_URL"),
    *("INTERNAL_SECRET", "CRON_SECRET", "FLOWER_BASIC_AUTH"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    *("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"),
    "PROMETHEUS_MULTIPROC_DIR",
)
PIDS = ("PID_POSTGRES", "PID_REDIS", "PID_WEB", "PID_WORKER", "PID_BEAT", "PID_SANDBOX", "PID_FLOWER")


TEMPLATES = json.dumps({kind.value: {"en": f"HX{kind.value.replace('_', '')}"} for kind in VARIABLES})
TEMPLATED = [one.channel.name for one in CHANNELS.values() if one.needs_template]
# The sandbox accepts any template. These templates make each channel usable for customers who agreed to it.
SHARED_NUMBERS: Mapping[str, str] = {
    **{f"TWILIO_{name}_NUMBER": f"+4477009000{99 - 10 * place}" for place, name in enumerate(TEMPLATED)},
    **{f"TWILIO_{name}_TEMPLATES": TEMPLATES for name in TEMPLATED},
}


# This number sends sign-in codes and invitations for shops without a number.
PLATFORM_NUMBER = "+447700900098"


def addresses(ports: Mapping[str, int]) -> dict[str, str]:
    """Returns the ports and the addresses that depend on them."""
    web, sandbox, flower = (f"http://{LOOPBACK}:{ports[name]}" for name in USUAL_PORTS)
    return {
        **{name: str(port) for name, port in ports.items()},
        "WEB_URL": web,
        "APP_URL": web,
        "SANDBOX_URL": sandbox,
        "FLOWER_URL": flower,
        "TWILIO_API_URL": sandbox,
        "STRIPE_API_URL": sandbox,
        "STRIPE_JS_URL": f"{sandbox}/stripe.js",
        "RESEND_API_URL": sandbox,
    }


def places(data: Path) -> dict[str, str]:
    """Returns the paths of the processes' files, all in the data folder."""
    return {
        "SANDBOX_DIR": str(data / "sandbox"),
        "BEAT_SCHEDULE": str(data / "beat-schedule"),
        "BEAT_PIDFILE": str(data / "run" / "beat" / "pid"),
        "PROMETHEUS_MULTIPROC_DIR": str(data / "run" / "figures"),
    }
