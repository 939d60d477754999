"""The deployment, checked offline: manifests against API schemas, command lines against the real one."""

from __future__ import annotations

import copy
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer.main
import yaml

import renhai
from renhai.cli.app import app
from renhai.core.extras import EXTRAS
from renhai.core.join_key import VARIABLE

HOME = Path(__file__).resolve().parent.parent
MANIFESTS = sorted((HOME / "deploy" / "kubernetes").glob("*.yaml"))
CONTAINERFILE = HOME / "deploy" / "Containerfile"
VERSIONS = ("1.29", "1.32", kubernetes_validate.latest_version())
Document = dict[str, Any]


def documents() -> list[Document]:
    return [d for path in MANIFESTS for d in yaml.safe_load_all(path.read_text(encoding="utf-8")) if d]


def named(kind: str, name: str) -> Document:
    return next(d for d in documents() if d["kind"] == kind and d["metadata"]["name"] == name)


def label(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def pod(job: Document) -> Document:
    found: Document = job["spec"]["template"]["spec"]
    return found


def container(job: Document) -> Document:
    (only,) = pod(job)["containers"]
    found: Document = only
    return found


MASTER, WORKER = named("Job", "renhai-master"), named("Job", "renhai-worker")


# Manifests


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", documents(), ids=label)
def test_manifests_fit_the_api_schemas(document: Document, version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "backoffLimit"), "none"),
        (("spec", "template", "spec", "containers", 0, "comand"), ["renhai"]),
        (("spec", "template", "spec", "containers", 0, "ports", 0, "containerPort"), "locust"),
    ],
)
def test_the_schemas_see_a_mistake(path: tuple[Any, ...], value: object) -> None:
    wrong: Any = copy.deepcopy(MASTER)
    node = wrong
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_master_expects_as_many_workers_as_there_are() -> None:
    expected = int(option(MASTER, "--expect"))
    assert expected == WORKER["spec"]["completions"] == WORKER["spec"]["parallelism"] > 0


def test_workers_find_the_master_through_its_service() -> None:
    service = named("Service", "renhai-master")
    host, port = option(WORKER, "--join").split(":")
    (offered,) = service["spec"]["ports"]
    (listened,) = container(MASTER)["ports"]
    labels = MASTER["spec"]["template"]["metadata"]["labels"]
    assert host == service["metadata"]["name"]
    assert int(port) == offered["port"] == listened["containerPort"] == int(option(MASTER, "--port"))
    assert offered["targetPort"] == listened["name"]
    assert service["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize("job", [MASTER, WORKER], ids=label)
def test_pods_have_no_more_rights_than_they_need(job: Document) -> None:
    assert pod(job)["securityContext"]["runAsNonRoot"] is True
    assert pod(job)["automountServiceAccountToken"] is False
    assert container(job)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("job", [MASTER, WORKER], ids=label)
def test_pods_have_whole_cores_and_a_fixed_image(job: Document) -> None:
    resources = container(job)["resources"]
    assert resources["requests"] == resources["limits"]
    assert float(resources["limits"]["cpu"]) == int(resources["limits"]["cpu"])
    assert container(job)["image"] == container(MASTER)["image"] == f"renhai:{renhai.__version__}"


@pytest.mark.parametrize("job", [MASTER, WORKER], ids=label)
def test_volumes_are_there_and_tmp_can_be_written(job: Document) -> None:
    mounts = {mount["name"]: mount for mount in container(job)["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod(job)["volumes"]}
    assert set(mounts) == set(volumes)
    assert mounts["tmp"]["mountPath"] == "/tmp" and "emptyDir" in volumes["tmp"]


def test_the_master_mounts_what_is_defined() -> None:
    volumes = {volume["name"]: volume for volume in pod(MASTER)["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container(MASTER)["volumeMounts"]}
    assert named("ConfigMap", volumes["scenario"]["configMap"]["name"])
    assert named("PersistentVolumeClaim", volumes["runs"]["persistentVolumeClaim"]["claimName"])
    assert option(MASTER, "--out") == mounts["runs"]
    scenario = Path(container(MASTER)["args"][1])
    assert str(scenario.parent) == mounts["scenario"]
    assert scenario.name in named("ConfigMap", "renhai-scenario")["data"]


def test_a_lost_worker_neither_returns_nor_ends_the_others() -> None:
    spec = WORKER["spec"]
    assert (spec["completionMode"], spec["backoffLimitPerIndex"]) == ("Indexed", 0)
    assert pod(WORKER)["restartPolicy"] == pod(MASTER)["restartPolicy"] == "Never"
    assert MASTER["spec"]["backoffLimit"] == 0


def test_the_network_policy_lets_the_load_reach_the_target_only() -> None:
    policy = named("NetworkPolicy", "renhai")["spec"]
    everyone = policy["podSelector"]["matchLabels"].items()
    for job in (MASTER, WORKER):
        assert everyone <= job["spec"]["template"]["metadata"]["labels"].items()
    blocks = [
        to["ipBlock"]["cidr"] for rule in policy["egress"] for to in rule.get("to", []) if "ipBlock" in to
    ]
    assert blocks == ["192.0.2.0/24"]  # TEST-NET-1 (RFC 5737): nobody's, until the real one is put in
    assert policy["policyTypes"] == ["Ingress", "Egress"]


# Command lines


def option(job: Document, name: str) -> str:
    args = container(job)["args"]
    found: str = args[args.index(name) + 1]
    return found


def parse(args: list[str]) -> tuple[str, dict[str, Any]]:
    """What the real command line makes of arguments, without doing it; an error when it refuses."""
    group: Any = typer.main.get_command(app)
    name, command, rest = group.resolve_command(
        group.make_context("renhai", args, resilient_parsing=True), args
    )
    context = command.make_context(name, rest)
    return name, context.params


def test_the_master_runs_the_scenario_and_waits_for_its_workers() -> None:
    name, params = parse(container(MASTER)["args"])
    assert name == "run"
    assert params["scenario"] == "/scenario/scenario.yaml"
    assert (params["expect"], params["port"], str(params["out"])) == (4, 5557, "/runs")


def test_the_workers_join_the_master() -> None:
    name, params = parse(container(WORKER)["args"])
    assert (name, params["join"]) == ("worker", "renhai-master:5557")


def test_a_wrong_option_would_be_seen() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["worker", "--joyn", "renhai-master:5557"])


def test_the_commands_of_the_readme_exist() -> None:
    text = (HOME / "deploy" / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"`renhai ([^`]+)`", text)
    assert lines
    for line in lines:
        parse(line.split())


# Scenario


def test_the_scenario_of_the_config_map_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from renhai.run import single as runner

    files = named("ConfigMap", "renhai-scenario")["data"]
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv(container(MASTER)["env"][0]["name"], "secret")
    prepared = runner.prepare(runner.RunRequest(str(tmp_path / "scenario.yaml")))
    assert prepared.url == "https://tax-test.example:8443"
    assert prepared.scenario.load.seats == 4000
    assert prepared.scenario.load.seconds < MASTER["spec"]["activeDeadlineSeconds"]


def test_master_and_workers_have_the_secrets_that_the_target_needs() -> None:
    text = named("ConfigMap", "renhai-scenario")["data"]["target.yaml"]
    needed = set(re.findall(r"\$\{ENV:(\w+)\}", text))
    for job in (MASTER, WORKER):
        assert needed | {VARIABLE} == {variable["name"] for variable in container(job)["env"]}


def test_master_and_workers_have_the_same_key_out_of_a_secret_that_the_readme_makes() -> None:
    text = (HOME / "deploy" / "README.md").read_text(encoding="utf-8")
    found = [
        v["valueFrom"] for job in (MASTER, WORKER) for v in container(job)["env"] if v["name"] == VARIABLE
    ]
    assert found == [{"secretKeyRef": {"name": "renhai-join", "key": "key"}}] * 2
    assert "kubectl create secret generic renhai-join --from-file=key=" in text
    assert not any("key" in arg for job in (MASTER, WORKER) for arg in container(job)["args"])
    assert option(MASTER, "--bind") == "0.0.0.0"  # workers are on other machines


# Image


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Containerfile, continued lines joined, comments left out."""
    text = CONTAINERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], " ".join(line.split()[1:])) for line in lines]


def project() -> dict[str, Any]:
    loaded: dict[str, Any] = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    return loaded["project"]


def run_commands() -> Iterator[list[str]]:
    return (rest.split() for instruction, rest in instructions() if instruction == "RUN")


def test_the_image_has_two_stages_and_ends_without_root() -> None:
    stages = [rest for instruction, rest in instructions() if instruction == "FROM"]
    users = [rest for instruction, rest in instructions() if instruction == "USER"]
    assert stages == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    assert users == ["10001:10001"]
    assert pod(MASTER)["securityContext"]["runAsUser"] == 10001


def test_the_image_installs_what_the_lock_says() -> None:
    first = next(command for command in run_commands() if "wheel" in command)
    assert {"--require-hashes", "requirements.lock"} <= set(first)
    later = [command for command in run_commands() if "install" in command[1:4] and "-m" in command]
    assert later and all("--no-index" in command for command in later)
    extras = re.search(r"'renhai\[([\w,]+)\]'", CONTAINERFILE.read_text(encoding="utf-8"))
    assert extras is not None  # who runs in a container cannot install one later
    assert set(extras.group(1).split(",")) == set(EXTRAS.values())
    assert "--hash=sha256:" in (HOME / "requirements.lock").read_text(encoding="utf-8")


def test_the_programs_of_the_image_exist() -> None:
    # Debian's base image has coreutils and passwd; what is under /build and /opt is made by an earlier RUN.
    made = {command[3] + "/bin/python" for command in run_commands() if command[1:3] == ["-m", "venv"]}
    for command in run_commands():
        assert command[0] in made or shutil.which(command[0]) or command[0] == "python", command
    assert made == {"/build/bin/python", "/opt/renhai/bin/python"}


def test_the_image_copies_what_exists_and_what_the_wheel_needs() -> None:
    copied = {part for instruction, rest in instructions() if instruction == "COPY" and "--from" not in rest
              for part in rest.split()[:-1]}  # fmt: skip
    assert all((HOME / part).exists() for part in copied)
    pyproject = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]) <= copied
    assert {"pyproject.toml", project()["readme"]} <= copied
    ignored = (HOME / "deploy" / "Containerfile.dockerignore").read_text(encoding="utf-8").split("\n")
    assert copied == {line[1:] for line in ignored if line.startswith("!")}


def test_the_image_starts_renhai() -> None:
    found = dict(instructions())
    assert (found["ENTRYPOINT"], found["CMD"]) == ('["renhai"]', '["--help"]')
    assert "renhai" in project()["scripts"]
    assert found["EXPOSE"] == option(MASTER, "--port")
    for job in (MASTER, WORKER):
        assert "command" not in container(job)  # the entry point of the image is what runs


def test_the_lock_and_the_image_agree_on_python() -> None:
    version = re.search(r"PYTHON=(\d+\.\d+)", CONTAINERFILE.read_text(encoding="utf-8"))
    assert version is not None
    assert project()["requires-python"] == f">={version.group(1)}"
