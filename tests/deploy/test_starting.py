"""In production, processes refuse to start with development settings and name them. Valid settings are accepted."""

import pytest
import requests

from cli.local import local_services
from cli.local.local_services import CELERY, WEB_SERVER, WSGI_SERVER
from cli.local.servers.free_ports import free_port
from tests.deploy.processes import Started
from tests.waiting import PATIENCE_SECONDS, answers, wait_for

SOUND = {
    "ENVIRONMENT": "production",
    "APP_URL": "https://book.example.com",
    "SECRET_KEY": "5f0c5e1a5dcd4ff9",
    "CALENDAR_KEYS": "6f0c5e1a5dcd4ff9",
    "TWILIO_ACCOUNT_SID": "AC" + "0f" * 16,
    "TWILIO_AUTH_TOKEN": "9d1f0c5e1a5dcd4f",
    "STRIPE_API_KEY": "rk_live_9d1f0c5e1a5dcd4f",
    "STRIPE_WEBHOOK_SECRET": "whsec_9d1f0c5e1a5dcd4f",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_9d1f0c5e1a5dcd4f",
}
UNFIT_FOR_THE_WEB = {
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_JS_URL": "http://127.0.0.1:8010/stripe.js",
    "SECRET_KEY": "development-only",
    "CRON_SECRET": "changeme",
    "APP_URL": "http://127.0.0.1:8000",
}
UNFIT_FOR_WORKERS = {
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_API_URL": "http://127.0.0.1:8010",
    "TWILIO_API_URL": "http://localhost:8010",
    "SECRET_KEY": "development-only",
}
WEB = (*WEB_SERVER, "--port", "{port}", "web.app:create_app")
WORKER = (*CELERY, "worker", "-n", "production@%h", "-Q", "replies", "--pool", "threads", "-c", "1")
BEAT = (*CELERY, "beat", "--schedule", "{folder}/schedule", "--pidfile", "")
FLOWER = (*local_services.FLOWER, "--address=127.0.0.1", "--port={port}", "--read_only=true")
SIGNS = {WORKER: "ready.", BEAT: "Starting...", FLOWER: "Connected to"}
SANDBOX = (*WSGI_SERVER, "--port", "{port}", "sandbox.app:create_app")


@pytest.mark.long
def test_the_web_refuses_every_setting_that_is_unfit_at_once(start):
    refusal = start(WEB, SOUND | UNFIT_FOR_THE_WEB).refuses()
    assert {name for name in UNFIT_FOR_THE_WEB if name in refusal} == set(UNFIT_FOR_THE_WEB)
    assert not [value for value in ("pk_test_1", "changeme") if value in refusal]


@pytest.mark.long
def test_a_worker_refuses_every_setting_that_is_unfit_at_once(start):
    refusal = start(WORKER, SOUND | UNFIT_FOR_WORKERS).refuses()
    assert {name for name in UNFIT_FOR_WORKERS if name in refusal} == set(UNFIT_FOR_WORKERS)
    assert "sk_test_1" not in refusal


@pytest.mark.long
def test_the_sandbox_refuses_to_start_at_all(start, tmp_path):
    assert "production" in start(SANDBOX, SOUND | {"SANDBOX_DIR": str(tmp_path)}).refuses()


@pytest.mark.long
@pytest.mark.parametrize(("command", "sign"), SIGNS.items())
def test_what_is_sound_starts(start, command, sign):
    assert sign in start(command, SOUND).says(sign)


@pytest.mark.long
def test_the_web_starts_with_what_is_sound_and_shows_its_figures_elsewhere(start):
    figures = free_port()
    web = start(WEB, SOUND | {"METRICS_PORT": str(figures)})
    wait_for(lambda: answers(f"http://127.0.0.1:{web.port}/healthz"), "the web to answer")
    metrics = wait_for(lambda: answers(f"http://127.0.0.1:{figures}/metrics"), "the metrics")
    assert "slots_requests_total" in metrics
    assert "slots_" not in (answers(f"http://127.0.0.1:{web.port}/metrics") or "")


@pytest.mark.long
def test_flower_reads_its_password_from_a_file(start, tmp_path):
    (tmp_path / "password").write_text("operator:a-long-password\n")
    flower = start(FLOWER, SOUND | {"FLOWER_BASIC_AUTH_FILE": str(tmp_path / "password")})
    tasks = f"http://127.0.0.1:{flower.port}/"
    wait_for(lambda: answers(f"{tasks}healthcheck"), "Flower to answer")
    statuses = [
        requests.get(tasks, auth=auth, timeout=PATIENCE_SECONDS).status_code
        for auth in (None, ("operator", "a-long-password"))
    ]
    assert statuses == [401, 200]


@pytest.fixture
def start(tmp_path, database_url, redis_url):
    started = []

    def begin(command, environment):
        # Production requires a password. A Redis user without a password accepts any password.
        stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url.replace("://", "://default:any-password@")}
        started.append(Started(command, environment | stores, tmp_path))
        return started[-1]

    yield begin
    for process in started:
        process.end()
