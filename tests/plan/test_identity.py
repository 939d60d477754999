"""What a run asks has an identity: which parts change with what, and which do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from renhai.plan import identity as identities
from renhai.plan.build import Options
from renhai.plan.identity import identity, with_imports
from renhai.run.multiple.comparison import planned_kind
from renhai.run.single import RunRequest, prepare
from results.compare.comparability import unlike

SCENARIO: dict[str, Any] = {
    "name": "judged",
    "target": "target.yaml",
    "data": {"seed": 7, "profile": "gt3_2015", "taxpayers": 500},
    "load": {
        "arrivals": {"rate": "34/s", "process": "poisson", "journeys": {"filing.whole": 1}},
        "stages": [{"hold": "7s"}],
    },
    "journeys": {"filing.whole": [{"send": "filing.open", "fields": {"n": "1"}}, {"send": "filing.save"}]},
    "thresholds": {"*": ["error_rate < 5%"]},
}
TARGET: dict[str, Any] = {
    "name": "judged",
    "environment": "test",
    "url": "http://127.0.0.1:19500",
    "hosts": ["localhost"],
    "success": {"status": [200], "where": {"ok": True}},
    "timeouts": {"connect": "5s", "send": "5s", "read": "10s", "total": "15s"},
    "operations": {"filing.open": {"path": "/a"}, "filing.save": {"path": "/c"}},
}
LOOSER = {"path": "/a", "success": {"status": [200, 204], "where": {"ok": True}}}


def of(folder: Path, scenario: dict[str, Any] = SCENARIO, target: dict[str, Any] = TARGET) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "judged.yaml").write_text(yaml.safe_dump(scenario))
    (folder / "target.yaml").write_text(yaml.safe_dump(target))
    prepared = prepare(RunRequest(str(folder / "judged.yaml")))
    return identity(prepared.loaded, prepared.scenario)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def test_a_place_makes_no_other_identity(tmp_path: Path) -> None:
    first = of(tmp_path / "here")
    assert changed(first, of(tmp_path / "there")) == set()
    assert all(first.values())


Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda s: {**s, "journeys": {"filing.whole": 2 * s["journeys"]["filing.whole"]}}, {"journeys"}),
        (lambda s: {**s, "data": {**s["data"], "taxpayers": 400}}, {"data"}),
        (lambda s: {**s, "data": {**s["data"], "seed": 8}}, set()),
        (lambda s: {**s, "thresholds": {"*": ["error_rate < 1%"]}}, set()),
    ],
)  # fmt: skip
def test_of_the_scenario(tmp_path: Path, change: Change, parts: set[str]) -> None:
    assert changed(of(tmp_path / "a"), of(tmp_path / "b", scenario=change(SCENARIO))) == parts


def kind_after(folder: Path, options: Options, scenario: dict[str, Any] = SCENARIO) -> dict[str, str]:
    of(folder, scenario)
    return planned_kind(prepare(RunRequest(str(folder / "judged.yaml"), options=options)), options.processes)


def users(median: str, count: int = 4) -> dict[str, Any]:
    think = {"lognormal": {"median": median, "p95": "3s"}}
    post = {"journeys": {"filing.whole": 1}, "think_time": think}
    load = {"operators": [{"unit": 14301030000, "post": "desk", "count": count}], "stages": [{"hold": "7s"}]}
    return {**SCENARIO, "load": load, "posts": {"desk": post}}


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (Options(rate=17), "scenario digest"),
        (Options(duration=5), "scenario digest"),
        (Options(processes=2), "load processes"),
        (Options(seed=8), None),  # held against each other as seeds
    ],
)
def test_what_the_command_line_changes_is_no_longer_the_same_load(
    tmp_path: Path, options: Options, part: str | None
) -> None:
    found = changed(kind_after(tmp_path / "a", Options()), kind_after(tmp_path / "b", options))
    assert found == ({part} if part else set())


@pytest.mark.parametrize(
    ("options", "other"),
    [
        (Options(users=8), users("1s")),
        (Options(), users("2s")),
        (Options(), users("1s", count=5)),
    ],
)
def test_another_number_of_operators_or_think_time_is_another_load(
    tmp_path: Path, options: Options, other: dict[str, Any]
) -> None:
    first = kind_after(tmp_path / "a", Options(), users("1s"))
    assert changed(first, kind_after(tmp_path / "b", options, other)) == {"scenario digest"}


def test_words_of_the_environment_make_no_other_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Language and time zone are no part of what is sent, and the environment is asked for no proxy."""
    before = kind_after(tmp_path / "a", Options())
    for name, value in {
        "LANG": "zh_CN.UTF-8",
        "TZ": "Asia/Shanghai",
        "http_proxy": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    assert changed(before, kind_after(tmp_path / "b", Options())) == set()


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"success": {"status": [200, 500], "where": {"ok": True}}}, {"success rules"}),
        ({"operations": {**TARGET["operations"], "filing.open": {"path": "/b"}}}, {"target file"}),
        ({"operations": {**TARGET["operations"], "filing.open": LOOSER}}, {"success rules"}),
        ({"timeouts": {**TARGET["timeouts"], "total": "30s"}}, {"connection"}),
        ({"connections": {"shared": 50}}, {"connection"}),
        ({"connections": "per_journey"}, set()),  # as it is by itself: these are arrivals
        ({"connections": {"per_operator": 2}}, set()),  # and no operators
        ({"sources": ["127.0.0.1"]}, {"connection"}),
        ({"url": "http://127.0.0.1:19501"}, set()),
        ({"ceiling": {"rate": "9000/s"}}, set()),
    ],
)  # fmt: skip
def test_of_the_target_file(tmp_path: Path, change: dict[str, Any], parts: set[str]) -> None:
    assert changed(of(tmp_path / "a"), of(tmp_path / "b", target={**TARGET, **change})) == parts


def test_a_locustfile_counts_with_all_that_it_imports_from_beside_it(tmp_path: Path) -> None:
    (tmp_path / "helpers").mkdir()
    (tmp_path / "main.py").write_text("import json\nfrom helpers.steps import go\nimport missing\n")
    (tmp_path / "helpers" / "__init__.py").write_text("")
    (tmp_path / "helpers" / "steps.py").write_text("from . import tables\nfrom .. import main\n")
    (tmp_path / "helpers" / "tables.py").write_text("import helpers.steps\n")
    (tmp_path / "unused.py").write_text("")
    names = [str(path.relative_to(tmp_path)) for path in with_imports(tmp_path / "main.py")]
    assert names == ["helpers/__init__.py", "helpers/steps.py", "helpers/tables.py", "main.py"]
    (tmp_path / "broken.py").write_text("def (")
    assert with_imports(tmp_path / "broken.py") == [tmp_path / "broken.py"]


def test_another_text_of_the_load_process_is_another_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in identities.MAKERS:
        (tmp_path / "renhai" / room).mkdir(parents=True)
    monkeypatch.setattr(identities, "PACKAGE", tmp_path / "renhai")
    identities.generator_build.cache_clear()
    before = identities.generator_build()
    (tmp_path / "renhai" / "load" / "engine.py").write_text("pass")
    identities.generator_build.cache_clear()
    assert identities.generator_build() != before
    identities.generator_build.cache_clear()


def test_every_part_of_an_identity_is_compared(tmp_path: Path) -> None:
    """A part that the closed list of kinds lacks would be kept and never looked at."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "rows.csv").write_text("user\nann\nbob\n")
    data = {**SCENARIO["data"], "files": {"rows": {"file": "rows.csv"}}}
    found = of(tmp_path / "files", {**SCENARIO, "data": data})
    assert "data files" in found
    for name, value in found.items():
        assert unlike([{name: value}, {name: "other"}]), name


def test_other_rows_are_another_identity(tmp_path: Path) -> None:
    data = {**SCENARIO["data"], "files": {"rows": {"file": "rows.csv"}}}
    seen = []
    for number, rows in enumerate(("user\nann\n", "user\nbob\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "rows.csv").write_text(rows)
        seen.append(of(folder, {**SCENARIO, "data": data}))
    assert changed(*seen) == {"data files"}
