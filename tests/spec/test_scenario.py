"""Scenarios: each mistake is one line that names file, line, field, value and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.core import home
from renhai.core.errors import UsageError
from renhai.spec import journey_catalog
from renhai.spec.loader import find_scenario, load_scenario
from renhai.spec.workload.rate_curve import read_curve
from tests.share import examples

GOOD = """\
# Does it hold?
name: peak
target: reference
data: {seed: 7, profile: gt3_2015, taxpayers: 500}
load:
  operators:
    - {unit: 14301030000, post: desk, count: 10}
    - {unit: 14301020000, post: desk, count: 30}
  stages:
    - {ramp: 5s}
    - {hold: 10s}
    - {ramp: 5s, to: 0}
posts:
  desk: {journeys: {declaration.file: 9, declaration.correct: 1}, think_time: {fixed: 1s}}
thresholds:
  "*": [error_rate < 0.1%]
  "*.submit": [p95 < 3s]
  run: [throughput >= 7/s]
abort: {when: error_rate > 20%, for: 30s}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(text: str, *assignments: str) -> str:
    Path("peak.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_scenario("peak.yaml", assignments)
    assert caught.value.code == 2
    return str(caught.value)


def test_a_good_scenario_loads_with_all_it_refers_to() -> None:
    Path("peak.yaml").write_text(GOOD, encoding="utf-8")
    loaded = load_scenario("peak.yaml")
    assert loaded.question == "Does it hold?"
    assert list(loaded.posts) == ["desk"]
    assert loaded.binding.name == "reference"
    assert set(loaded.journeys) == {"declaration.file", "declaration.correct"}
    assert {"declaration.submit", "collection.pay", "declaration.void"} <= set(loaded.operations)
    assert loaded.scenario.load.stages[2].to == ("users", 0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{hold: 10s}", "{hold: -5s}", "peak.yaml:11: load.stages[1].hold is -5s; must be > 0"),
        (
            "{hold: 10s}",
            "{hold: 10}",
            "peak.yaml:11: load.stages[1].hold is 10; has no unit; write a duration with its unit, "
            "such as 500ms, 2s, 10m or 1h",
        ),
        (
            "{hold: 10s}",
            "{hold: 10 parsecs}",
            "peak.yaml:11: load.stages[1].hold is 10 parsecs; write a duration with its unit, "
            "such as 500ms, 2s, 10m or 1h",
        ),
        (
            "{hold: 10s}",
            "{hodl: 10s}",
            "peak.yaml:11: load.stages[1].hodl is not a known key; did you mean 'hold'?",
        ),
        (
            "{hold: 10s}",
            "{hold: 10s, ramp: 5s}",
            "peak.yaml:11: load.stages[1] must have exactly one of ramp, hold and step, as in {ramp: 60s}",
        ),
        (
            "to: 0}",
            "to: 500/s}",
            "peak.yaml:6: load has stages[2].to of the other load model; "
            "here it must be a number or share of operators",
        ),
        (
            "post: desk, count: 30",
            "post: dekc, count: 30",
            "peak.yaml:8: load.operators[1].post is dekc; no such post; did you mean 'desk'?",
        ),
        (
            "declaration.file: 9",
            "declaration.fiel: 9",
            'peak.yaml:14: posts.desk.journeys."declaration.fiel" is not a journey; '
            "did you mean 'declaration.file'?",
        ),
        (
            "profile: gt3_2015",
            "profile: gt3_2016",
            "peak.yaml:4: data.profile is gt3_2016; must be one of gt3_2015, current; did you mean",
        ),
        ("seed: 7", "seed: seven", "peak.yaml:4: data.seed is seven; must be a whole number"),
        ("seed: 7", "seed: 7.5", "peak.yaml:4: data.seed is 7.5; must be a whole number"),
        ("count: 30", "count: 0", "peak.yaml:8: load.operators[1].count is 0; must be >= 1"),
        ("count: 30", "count: true", "peak.yaml:8: load.operators[1].count is true; must be a whole number"),
        (
            "unit: 14301020000",
            "unit: 1430102",
            "peak.yaml:8: load.operators[1].unit is 1430102; must be the 11 digits of a tax authority, "
            "such as 14301030000",
        ),
        (
            '"*.submit": [p95 < 3s]',
            '"*.submitt": [p95 < 3s]',
            'peak.yaml:17: thresholds."*.submitt" matches none of this scenario\'s operations; '
            "did you mean '*.submit'?",
        ),
        (
            "p95 < 3s",
            "p95 < 3",
            'peak.yaml:17: thresholds."*.submit"[0] is p95 < 3; the limit has no unit; '
            "write it like 500ms or 3s",
        ),
        (
            "p95 < 3s",
            "p59 < 3s",
            "peak.yaml:17: thresholds.\"*.submit\"[0] is p59 < 3s; there is no metric 'p59'; use one of p50",
        ),
        (
            "[p95 < 3s]",
            "p95 < 3s",
            'peak.yaml:17: thresholds."*.submit" is p95 < 3s; must be a list, written [a, b] or with',
        ),
        (
            "name: peak",
            "name: My Peak",
            "peak.yaml:2: name is My Peak; must be small letters, digits, - and _",
        ),
        (
            "think_time: {fixed: 1s}",
            "think_time: {fixed: 1s, exponential: 2s}",
            "peak.yaml:14: posts.desk.think_time must be exactly one of fixed, uniform, lognormal "
            "and exponential, as in {fixed: 2s}",
        ),
        (
            "think_time: {fixed: 1s}",
            "think_time: {lognormal: {median: 2s, p95: 1s}}",
            "peak.yaml:14: posts.desk.think_time.lognormal has a p95 of 1s that is not above its median "
            "of 2s",
        ),
        (
            "think_time: {fixed: 1s}",
            "think_time: {uniform: [3s, 1s]}",
            'peak.yaml:14: posts.desk.think_time.uniform is ["3s", "1s"]; must be [shortest, longest]',
        ),
        (
            "abort: {when: error_rate > 20%, for: 30s}",
            "abort: {when: error_rate > 20%}",
            "peak.yaml:19: abort.for is missing; add it, as in `for: 30s`",
        ),
        (
            "abort: {when",
            "abort: {wen",
            "peak.yaml:19: abort.wen is not a known key; did you mean 'when'?",
        ),
        (
            "target: reference",
            "target: referense",
            "peak.yaml:3: target 'referense' is not known; did you mean",
        ),
        ("target: reference", "target: ./none.yaml", "peak.yaml:3: target file ./none.yaml does not exist"),
        (
            "data: {seed: 7, profile: gt3_2015, taxpayers: 500}",
            "",
            "peak.yaml:2: data is missing; add it, as in `data: {seed: 20150911, profile: gt3_2015,",
        ),
        (
            "data: {seed: 7, profile: gt3_2015, taxpayers: 500}",
            "data: 7",
            "peak.yaml:4: data is 7; must be a mapping: lines of `key: value`",
        ),
        ("count: 30", "count: ", "peak.yaml:8: load.operators[1].count is empty; must be a whole number"),
    ],
)
def test_each_mistake_is_one_line_that_says_where_what_why_and_what_to_do(
    old: str, new: str, said: str
) -> None:
    assert old in GOOD
    found = refusal(GOOD.replace(old, new, 1))
    assert found.splitlines()[0].startswith(said), found


def test_several_mistakes_come_together_in_the_order_of_the_file() -> None:
    text = (
        GOOD.replace("seed: 7", "seed: x")
        .replace("{hold: 10s}", "{hold: 10}")
        .replace("count: 10", "count: -1")
    )
    assert [line.split(" ")[0] for line in refusal(text).splitlines()] == [
        "peak.yaml:4:",
        "peak.yaml:7:",
        "peak.yaml:11:",
    ]


def test_both_load_models_or_none() -> None:
    arrivals = "load:\n  arrivals: {rate: 5/s, journeys: {declaration.file: 1}}\n"
    both = GOOD.replace("load:\n", arrivals)
    assert "peak.yaml:6: load has both of operators (closed model) and arrivals (open model)" in refusal(both)
    start, end = GOOD.index("  operators:"), GOOD.index("  stages:")
    assert "load has neither of operators" in refusal(GOOD[:start] + GOOD[end:])
    no_rate = (
        GOOD[:start] + "  arrivals: {journeys: {declaration.file: 1}}\n" + GOOD[end:].replace(", to: 0", "")
    )
    assert "load has arrivals without a rate; add one, as in rate: 200/s" in refusal(no_rate)


def test_operations_named_one_by_one_are_not_all_optional() -> None:
    text = """name: two
target: ./city.yaml
data: {seed: 7, taxpayers: 50}
load: {arrivals: {rate: 5/s, journeys: {two.steps: 1}}, stages: [{hold: 5s}]}
journeys: {two.steps: [shelf.get, shelf.put]}
thresholds: {"*": [error_rate < 1%]}
"""
    target = "name: city\nenvironment: test\nurl: http://127.0.0.1:9\nsuccess: {where: {code: 0}}\n"
    Path("city.yaml").write_text(
        f"{target}operations: {{shelf.get: {{path: /a}}, shelf.put: {{path: /b}}}}\n"
    )
    Path("two.yaml").write_text(f"{text}optional: [shelf.get]\n", encoding="utf-8")
    assert load_scenario("two.yaml").scenario.optional == ["shelf.get"]
    said = refusal(f"{text}optional: [shelf.get, shelf.p*]\n")
    assert said == "peak.yaml:7: optional names every operation; leave out those that must be there"


def test_a_threshold_that_would_pass_a_slow_run_is_refused() -> None:
    assert "it would pass a run that is slow enough; write `p95 < 3s`" in refusal(
        GOOD.replace("p95 < 3s", "p95 > 3s")
    )


def test_set_changes_values_and_its_mistakes_name_it() -> None:
    Path("peak.yaml").write_text(GOOD, encoding="utf-8")
    loaded = load_scenario(
        "peak.yaml",
        [
            "data.seed=9",
            "load.stages[1].hold=2s",
            "load.operators.0.count=3",
            'thresholds."*"=[error_rate < 5%]',
        ],
    )
    assert loaded.scenario.data.seed == 9
    assert loaded.scenario.load.stages[1].hold == 2
    assert loaded.scenario.load.operators is not None
    assert loaded.scenario.load.operators[0].count == 3
    assert loaded.scenario.thresholds["*"] == ["error_rate < 5%"]


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("load.stages[1].hold=5", "--set load.stages[1].hold=5: load.stages[1].hold is 5; has no unit"),
        ("data.sede=5", "--set data.sede=5: data.sede is not a known key; did you mean 'seed'?"),
        ("data.seed", "--set data.seed: is not key=value, as in --set data.seed=7"),
        (
            "load.stages[9].hold=5s",
            "--set load.stages[9].hold=5s: load.stages[9] does not exist; the list has",
        ),
        ("name.first=x", "--set name.first=x: name.first does not exist; name is peak"),
        ("load={}", "--set load={}: load has neither of operators"),
    ],
)
def test_a_wrong_set_says_so(assignment: str, said: str) -> None:
    assert refusal(GOOD, assignment).startswith(said)


def test_an_unknown_scenario_lists_those_that_exist(here: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_scenario("smok")
    assert "smoke" in str(caught.value)
    with pytest.raises(UsageError, match=r"scenario file nothing\.yaml does not exist"):
        find_scenario("nothing.yaml")
    (here / "mine.yaml").write_text(GOOD)
    with pytest.raises(UsageError, match=r"name your own file by its path: mine\.yaml"):
        find_scenario("mine")


def test_standard_posts_need_not_be_written_out(here: Path) -> None:
    text = GOOD.partition("posts:")[0] + GOOD[GOOD.index("thresholds:") :]
    (here / "peak.yaml").write_text(text.replace("post: desk", "post: declaration-desk"), encoding="utf-8")
    loaded = load_scenario("peak.yaml")
    assert list(loaded.posts) == ["declaration-desk"]
    assert "did you mean 'declaration-desk'?" in refusal(text.replace("post: desk", "post: declaration-dsk"))


def test_a_target_file_beside_the_scenario_is_found(here: Path) -> None:
    folder = here / "deep"
    folder.mkdir()
    reference = (home.scenarios() / "targets" / "reference.yaml").read_text(encoding="utf-8")
    (folder / "city.yaml").write_text(reference.replace("name: reference", "name: city"), encoding="utf-8")
    (folder / "peak.yaml").write_text(
        GOOD.replace("target: reference", "target: ./city.yaml"), encoding="utf-8"
    )
    assert load_scenario("deep/peak.yaml").binding.name == "city"


def test_an_operation_that_the_target_lacks_is_named_with_the_journey(here: Path) -> None:
    reference = (home.scenarios() / "targets" / "reference.yaml").read_text(encoding="utf-8")
    lacking = re.sub(r"  declaration\.void: .*\n", "", reference)
    lacking = re.sub(r"undo: .*\n", "", lacking)
    (here / "city.yaml").write_text(lacking, encoding="utf-8")
    said = refusal(GOOD.replace("target: reference", "target: ./city.yaml"))
    assert "city.yaml:" in said
    assert "operations.declaration.void is missing; journey declaration.correct sends it" in said


@pytest.mark.parametrize("name", home.scenario_names())
def test_every_shipped_scenario_is_valid_and_opens_with_its_question(name: str) -> None:
    loaded = load_scenario(name)
    first = loaded.path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# ")
    assert first.endswith("?")
    assert loaded.question


def test_the_catalog_knows_what_the_locustfiles_send() -> None:
    journeys = journey_catalog.journeys()
    assert journeys["declaration.file"].file == "locustfiles/declaration.py"
    assert journeys["declaration.file"].operations[:3] != ()
    assert journey_catalog.catalog().broken == ()
    operations = set(load_scenario("smoke").binding.operations)
    assert {step for journey in journeys.values() for step in journey.operations} <= operations


def test_curves(here: Path) -> None:
    curve = here / "day.csv"
    curve.write_text("time,rate\n08:00,10\n08:30, 40/m  # rush\n\n09:00:30,0\n")
    assert read_curve(curve) == [(0.0, 10.0), (1800.0, 40 / 60), (3630.0, 0.0)]
    for text, said in (
        ("08:00,1\n07:00,2\n", "day.csv:2: 07:00 is not later than the line before"),
        ("08:00,1\n09:00 2\n", "day.csv:2: `09:00 2` is not `time,rate`"),
        ("08:00,1\n09:00,x\n", "day.csv:2: rate is x; write a rate with its unit"),
        ("8 o'clock,1\n", "day.csv:1: 8 o'clock is not a time"),
        ("08:00,1\n", "day.csv: needs two lines"),
        ("0,0\n10,0\n", "day.csv: needs two lines"),
    ):
        curve.write_text(text)
        with pytest.raises(UsageError) as caught:
            read_curve(curve)
        assert str(caught.value).startswith(said)
    with pytest.raises(UsageError, match=r"none\.csv: cannot be read: No such file"):
        read_curve(here / "none.csv")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    ["name", "load", "stages", "data", "operators", "arrivals", "posts", "thresholds", "x", "for"]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=examples(100), deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["name", "target", "data", "load", "posts", "thresholds", "abort"]), TREES
    )
)
def test_no_tree_whatever_ends_in_a_traceback(tree: dict[str, object]) -> None:
    import json

    Path("any.yaml").write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_scenario("any.yaml")
    assert all(str(problem).startswith("any.yaml") for problem in caught.value.problems)
