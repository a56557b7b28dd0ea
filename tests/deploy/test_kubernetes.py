"""The Kubernetes files are valid, define the same processes as docker-compose.yml, and restrict the containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cli.local.local_services import SERVICES
from outbox.queues import LEASE
from settings.all_settings import READ_BY
from settings.environment import is_secret
from settings.loading import problems_of
from tests.architecture.sources import project_file
from tests.deploy.files import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
OF_OTHERS = ("kustomize.config.k8s.io", "keda.sh")
VERSIONS = ("1.31", "1.34")
Resource = dict[str, Any]


def resources(folder: Path) -> list[Resource]:
    return [
        one
        for path in sorted(folder.rglob("*.yaml"))
        for one in yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader)
    ]


EVERYTHING = resources(FOLDER)
STANDARD = [one for one in EVERYTHING if not one["apiVersion"].startswith(OF_OTHERS)]
PODS = {one["metadata"]["name"]: one["spec"]["template"] for one in STANDARD if one["kind"] in {"Deployment", "Job"}}
DEPLOYMENTS = {one["metadata"]["name"]: one["spec"] for one in STANDARD if one["kind"] == "Deployment"}
WORKERS = {name: spec for name, spec in DEPLOYMENTS.items() if name.startswith("worker-")}


def named(resource: Resource) -> str:
    return f"{resource['kind']}-{resource['metadata']['name']}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("resource", STANDARD, ids=named)
def test_a_resource_is_valid(resource: Resource, version: str) -> None:
    assert kubernetes_validate.validate(resource, version, strict=True) == version


@pytest.mark.parametrize(
    "kustomization", sorted(FOLDER.rglob("kustomization.yaml")), ids=lambda path: path.parent.name
)
def test_a_kustomization_names_files_that_are_there(kustomization: Path) -> None:
    listed = yaml.safe_load(kustomization.read_text("utf-8"))
    names = [*listed.get("resources", ()), *listed.get("components", ())]
    # The secret files are created from these examples.
    names += [f"{name}.example" for secret in listed.get("secretGenerator", ()) for name in secret["envs"]]
    assert [name for name in names if not (kustomization.parent / name).exists()] == []


def test_the_workers_are_those_of_slots_up() -> None:
    there = {
        tuple(service.command[service.command.index("worker") :]) for service in SERVICES if "-Q" in service.command
    }
    here = {tuple(command(spec)[command(spec).index("worker") :]) for spec in WORKERS.values()}
    assert here == there


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_do_nothing_that_needs_rights(name: str) -> None:
    pod = PODS[name]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
    # The network policies select pods by this label.
    assert PODS[name]["metadata"]["labels"]["app.kubernetes.io/name"] == "slots"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_has_probes_and_survives_the_loss_of_a_node(name: str) -> None:
    (container,) = DEPLOYMENTS[name]["template"]["spec"]["containers"]
    assert "livenessProbe" in container
    if name != "metrics":
        assert DEPLOYMENTS[name]["replicas"] >= 2
        assert name in {one["metadata"]["name"] for one in STANDARD if one["kind"] == "PodDisruptionBudget"}


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_given_longer_than_a_lease_to_finish(name: str) -> None:
    assert WORKERS[name]["template"]["spec"]["terminationGracePeriodSeconds"] > LEASE.total_seconds()


def test_every_group_of_queues_is_scaled() -> None:
    assert {one["metadata"]["name"] for one in EVERYTHING if one["kind"] == "ScaledObject"} == set(WORKERS)


def test_the_example_runs_the_image_of_this_version() -> None:
    overlay = yaml.safe_load((FOLDER / "overlays/production/kustomization.yaml").read_text("utf-8"))
    assert [image["newTag"] for image in overlay["images"]] == [project_file()["project"]["version"]]


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.env.example")), ids=lambda path: path.name)
def test_the_examples_name_settings(file: Path) -> None:
    known = {name.upper() for kind in READ_BY for name in kind.model_fields}
    assert {line.partition("=")[0] for line in file.read_text("utf-8").split()} <= known


@pytest.mark.parametrize("reader", ["web", "worker"])
def test_the_examples_name_the_secrets_that_a_process_needs_in_production(
    reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [kind for kind, readers in READ_BY.items() if reader in readers]
    secrets = {name.upper() for kind in kinds for name, field in kind.model_fields.items() if is_secret(field)}
    for name in secrets:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENVIRONMENT", "production")
    needed = secrets & set(problems_of(*kinds))
    assert "CALENDAR_KEYS" in needed
    files = [FOLDER / f"overlays/production/{name}.env.example" for name in ("stores", reader)]
    assert needed <= {line.partition("=")[0] for file in files for line in file.read_text("utf-8").split()}


def command(spec: Resource) -> list[str]:
    (container,) = spec["template"]["spec"]["containers"]
    words: list[str] = container["command"]
    return words
