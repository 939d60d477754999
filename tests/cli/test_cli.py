"""The command line: helps that teach, and every wrong use ending in one line and exit code 2."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from rich.cells import cell_len

from renhai.cli.app import app, run_cli
from renhai.cli.commands.schema import MODELS, schema, schema_text
from renhai.core import home
from tests import forked

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(
    command.name or command.callback.__name__ for command in app.registered_commands if command.callback
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def renhai(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command, from a foreign directory."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return forked.run([*arguments], Path.cwd(), environ, timeout=60)


def test_the_commands_are_those_of_the_architecture() -> None:
    assert COMMANDS == [
        "audit",
        "check",
        "cleanup",
        "compare",
        "doctor",
        "drain",
        "duel",
        "list",
        "papers",
        "rehearse",
        "replay",
        "report",
        "run",
        "runs",
        "schema",
        "stop",
        "target",
        "trend",
        "verify",
        "worker",
    ]


def test_help_lists_every_command_and_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {command} " in text for command in COMMANDS)
    assert "renhai run smoke" in text
    assert "Exit codes: 0 pass, 1 fail, 2 wrong usage" in text


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_a_list_of_commands_says_whole_sentences(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """click cuts them off where the line ends."""
    monkeypatch.setenv("COLUMNS", columns)
    for group in ([], ["ledger"], ["journal"], ["generate"], ["binding"], ["drill"], ["baseline"]):
        assert run_cli([*group, "--help"]) == 0
        listed = capsys.readouterr().out.partition("Commands:\n")[2].rstrip().splitlines()
        assert listed and not [line for line in listed if line.endswith("...")], group
        assert max(map(len, listed)) <= int(columns)
        text = " ".join(" ".join(listed).split())
        assert (
            group != ["ledger"]
            or "export Write the ledger as a table, for people to fill in state, owner and note." in text
        )


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("target", "doctor")])
def test_every_command_has_an_example_and_explains_each_option(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"renhai {command} " in text.partition("Options:")[0].partition("\n\n")[2]
    options = text.partition("Options:")[2].strip().splitlines()
    assert all(len(line.split()) > 2 for line in options if line.strip().startswith("--")), options


@pytest.mark.parametrize("columns", [60, 80, 86, 120])
def test_no_figure_of_a_check_is_broken(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run_cli(["check", "smoke"]) == 0
    said = capsys.readouterr().out
    figures = {"0.122/s", "0.669/s", "7,552,170", "2,308/s", "16,153/s", "19.2/s", "59.5/s", "67.2"}
    assert figures <= set(re.findall(r"[\d.,]*\d(?:/s)?", said))
    assert max(map(cell_len, said.splitlines())) <= columns


def test_the_targets_own_help_is_shown() -> None:
    done = renhai("target", "--help")
    assert done.returncode == 0
    assert "--fault SPEC" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "smok"], "scenario 'smok' does not exist; did you mean 'smoke'?"),
        (["run", "none.yaml"], "scenario file none.yaml does not exist"),
        (["run"], "Missing argument"),
        (["run", "smoke", "--rat", "5/s"], "--rate"),
        (["run", "smoke", "--rate", "5"], "write a rate with its unit, such as 7/s"),
        (["run", "smoke", "--rate", "5/s"], "--rate: smoke has operators (closed model); use --users"),
        (["run", "smoke", "--duration", "0s"], "'0s'; must be > 0"),
        (["run", "smoke", "--users", "0"], "'--users': Input should be greater than or equal to 1"),
        (["run", "smoke", "--target", "nowhere"], "--target: target 'nowhere' is not known"),
        (["run", "smoke", "--target", "http://192.0.2.1:8400"], "hosts does not list 192.0.2.1"),
        (["run", "smoke", "--target", "http://"], "--target: is http://; must be http://host:port"),
        (["run", "smoke", "--target", "http://[::1"], "--target: is http://[::1; must be http://host:port"),
        (["run", "smoke", "--target", "http://127.0.0.1:8400/base"], "8400/base; must end after the port"),
        (["binding", "check", "reference", "--target", "http://127.0.0.1:99999"], "must be http://host:port"),
        (
            ["binding", "check", "reference", "--target", "http://me:pw@127.0.0.1:1"],
            "is http://***@127.0.0.1",
        ),
        (["run", "smoke", "--set", "data.sed=5"], "--set data.sed=5: data.sed is not a known key"),
        (["check", "smoke", "--set", "x"], "--set x: is not key=value"),
        (["report", "nowhere"], "nowhere; there is no such file"),
        (["schema", "run"], "run is not a kind of YAML file; known: scenario, target"),
        (["worker", "--join", "10.0.0.5"], "--join 10.0.0.5 is not HOST:PORT"),
        (["nonsense"], "No such command 'nonsense'"),
        (["generate", "taxpyer", "--count", "1"], "KIND is 'taxpyer'; did you mean 'taxpayer'?"),
    ],
)
def test_wrong_use_is_exit_2_and_says_what_to_do(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_the_real_command_says_mistakes_without_a_traceback(here: Path) -> None:
    (here / "peak.yaml").write_text("name: peak\nlaod: {}\n")
    done = renhai("run", "peak.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "peak.yaml:2: laod is not a known key; did you mean 'load'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_never_goes_where_it_cannot_be_written(here: Path) -> None:
    (here / "file").write_text("")
    done = renhai("run", "smoke", "--out", "file/runs")
    assert done.returncode == 2
    assert "choose another place with --out DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_shows_the_plan_and_sends_nothing(here: Path) -> None:
    done = renhai("check", "smoke")
    assert done.returncode == 0, done.stderr
    for words in (
        "closed model: 12 operators at once",
        "22s",
        "taxpayers",
        "declaration.file",
        "no load was sent",
    ):
        assert words in done.stdout
    assert list(here.iterdir()) == []


def test_check_counts_what_a_scenario_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["check", "declaration_open", "--rate", "40000/s"]) == 0
    text = capsys.readouterr().out
    assert "raise data.taxpayers" in text
    assert "raise --processes" in " ".join(text.split())


def test_doctor_prints_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["doctor"]) == 0
    text = capsys.readouterr().out
    assert all(
        name in text for name in ("python", "open files", "local ports", "cores", "clock", "libraries")
    )


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_the_committed_schemas_are_current(kind: str) -> None:
    path = home.scenarios() / "schema" / f"{kind}.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text(kind), (
        "run: renhai schema --write scenarios/schema"
    )
    jsonschema.Draft202012Validator.check_schema(schema(kind))


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: 17:30 is no number in base sixty, and a date is text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile(r"[-+]?[0-9]+$") if tag.endswith(":int") else pattern)
        for tag, pattern in resolvers
        if not tag.endswith(":timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("name", home.scenario_names())
def test_shipped_scenarios_satisfy_the_schema_that_editors_use(name: str) -> None:
    text = (home.scenarios() / f"{name}.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, EditorLoader)
    jsonschema.Draft202012Validator(schema("scenario")).validate(document)


@pytest.mark.parametrize("name", home.target_names())
def test_shipped_targets_satisfy_the_schema_that_editors_use(name: str) -> None:
    document = yaml.safe_load((home.scenarios() / "targets" / f"{name}.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("target")).validate(document)


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(schema("scenario"))
    document = yaml.safe_load((home.scenarios() / "smoke.yaml").read_text(encoding="utf-8"))
    wrong = [
        {**document, "laod": {}},
        {**document, "load": {**document["load"], "stages": [{"hold": 10}]}},
        {**document, "load": {**document["load"], "stages": [{"hold": "10x"}]}},
        {**document, "data": {"seed": "x", "taxpayers": 1}},
        {key: value for key, value in document.items() if key != "thresholds"},
    ]
    assert [validator.is_valid(item) for item in wrong] == [False] * 5


def test_compare_and_trend_say_what_they_lack(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(ROOT / "tests" / "results" / "data" / "run-v1.json")
    for arguments, said in (
        (["compare", "nowhere", "--with", run], "nowhere; there is no such file"),
        (["compare", run, "--with", run], "was given twice"),
        (["trend", str(here)], "holds no run"),
    ):
        assert run_cli(arguments) == 2
        assert said in capsys.readouterr().err


def test_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["schema", "target"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Binding"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "*"],
        ["run", "*.yaml"],
        ["check", "smoke", "--target", "*"],
        ["report", "*"],
        ["compare", "*", "--with", "x"],
    ],
)
def test_a_name_that_no_file_can_have_is_a_mistake_of_its_user(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli([argument.replace("*", "长" * 200) for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert "is too long for a file's name" in error
    assert "internal error" not in error


def test_an_internal_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("renhai.run.process.machine_check.examine", lambda: 1 / 0)
    assert run_cli(["doctor"]) == 3
    assert capsys.readouterr().err.startswith("renhai: internal error: ZeroDivisionError: division by zero")
