"""The compose file: its services, their environment and their restrictions."""

import json
import re

import pytest

from cli.local.local_services import SERVICES, WEB_SERVER
from docs.generator.settings_reference import ONLY_COMPOSE
from outbox.queues import QUEUES
from settings.all_settings import READ_BY
from settings.loading import problems_of
from tests.architecture.sources import project_file
from tests.deploy.files import ROOT, compose, services, variables, words, workers

OURS = {name for name, service in services().items() if "build" in service}
SETTINGS = {name.upper() for kind in READ_BY for name in kind.model_fields}
REQUIRED = {name for name, how in variables(compose()) if how == ":?"}
KNOWS_NO_KEYS = ("beat", "flower", "metrics", "migrate")


def test_every_queue_has_a_worker_here_too():
    assert {queue for worker in workers().values() for queue in queues(words(worker))} == set(QUEUES)


def test_the_workers_are_those_of_slots_up():
    here = {(node(words(w)), *queues(words(w)), pool(words(w))) for w in workers().values()}
    there = [list(service.command) for service in SERVICES if "-Q" in service.command]
    assert here == {(node(command), *queues(command), pool(command)) for command in there}


def test_the_image_is_tagged_with_the_version():
    version = project_file()["project"]["version"]
    for name in OURS:
        assert services()[name]["image"] == f"slot-recovery:${{TAG:-{version}}}"
        assert services()[name]["build"]["args"]["VERSION"] == f"${{TAG:-{version}}}"


def test_the_changelog_describes_the_version():
    headings = re.findall(r"^## (\d[^\s,]*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == project_file()["project"]["version"]


def test_the_image_serves_as_slots_up_does():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    _, _, command = dockerfile.partition("CMD ")
    image = json.loads(command.replace("\\\n", ""))
    here = [word for word in WEB_SERVER[WEB_SERVER.index("granian") :] if word != "127.0.0.1"]
    assert [word for word in image if word not in {"--port", "8000", "0.0.0.0", "web.app:create_app"}] == here


def test_only_http_1_is_spoken():
    for service in SERVICES:
        if "granian" in service.command:
            assert service.command[service.command.index("--http") + 1] == "1"


def test_flower_shows_and_keeps_what_that_of_slots_up_does():
    (there,) = [service.command for service in SERVICES if service.name == "Flower"]
    options = {word for word in there if word.startswith(("--tasks_columns", "--max_tasks"))}
    assert len(options) == 2
    assert options <= set(words(services()["flower"]))


@pytest.mark.parametrize("name", ["web", *workers()])
def test_each_process_is_told_all_its_settings_and_no_others(name):
    reads = "web" if name == "web" else "worker"
    own = {field.upper() for kind, readers in READ_BY.items() if reads in readers for field in kind.model_fields}
    assert set(services()[name]["environment"]) == own


@pytest.mark.parametrize("name", KNOWS_NO_KEYS)
def test_who_runs_no_task_knows_no_key(name):
    names = set(services()[name]["environment"])
    assert not {word for word in names if word.startswith(("TWILIO", "STRIPE", "RESEND", "SMTP", "SECRET"))}
    assert names <= SETTINGS | {"FLOWER_BASIC_AUTH"}


def test_what_production_cannot_do_without_must_be_set(monkeypatch):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENVIRONMENT", "production")
    otherwise = {
        "DATABASE_URL",
        "REDIS_URL",
        "TWILIO_API_SECRET",
    }  # These variables are composed from other variables, or are unnecessary if TWILIO_AUTH_TOKEN is set.
    assert set(problems_of(*READ_BY)) - otherwise <= REQUIRED


def test_no_secret_has_a_default():
    harmless = {name for name, (default, _) in ONLY_COMPOSE.items() if default}
    made_of_others = {"DATABASE_URL", "REDIS_URL"}
    defaults = {name for name, how in variables(compose()) if how == ":-"}
    assert defaults == harmless | made_of_others | {"ENVIRONMENT"}


def test_every_variable_is_explained_in_the_example():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    names = {line.removeprefix("# ").partition("=")[0] for line in example.splitlines()}
    assert {name for name, _ in variables(compose())} <= names


@pytest.mark.parametrize("name", services())
def test_nobody_writes_to_the_disk_or_gains_rights(name):
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_may_do_nothing_that_needs_rights(name):
    assert not {"user", "privileged", "cap_add", "volumes"} & set(services()[name])


@pytest.mark.parametrize("name", services())
def test_what_is_published_is_published_to_this_machine_only(name):
    for port in services()[name].get("ports", []):
        assert "127.0.0.1:" in port


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_the_stores_are_reached_from_inside_only(name):
    assert "ports" not in services()[name]
    assert services()[name]["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", sorted(OURS - {"migrate", "tools"}))
def test_everything_that_stays_up_says_how_it_is(name):
    assert services()[name]["healthcheck"]["test"]


def test_nothing_that_reads_the_tables_starts_before_they_are_there():
    for name in ("web", "metrics", *workers()):
        assert services()[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def queues(command):
    return tuple(command[command.index("-Q") + 1].split(","))


def node(command):
    return command[command.index("-n") + 1]


def pool(command):
    return command[command.index("--pool") + 1], command[command.index("-c") + 1]
