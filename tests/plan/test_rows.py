"""A row for each operator. Ways in which accounts could be shared and nobody told."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.plan.build import Options, normalise
from renhai.run.single import RunRequest, prepare
from renhai.spec.loader import load_scenario

TARGET = """\
name: t
environment: test
url: http://127.0.0.1:9
success: {success: any}
defaults: {headers: {X-All: "all"}}
operations:
  a.in: {path: /in, body: {u: "${DATA:accounts.user}"}}
  a.b: {path: /b, body: null}
"""
SCENARIO = """\
# Is each of them somebody?
name: s
target: t.yaml
data: {accounts: {file: accounts.csv, each: operator}}
journeys:
  j.in: [a.in]
  j.own: [{send: a.b, fields: {u: "${accounts.user}"}}]
  j.none: [a.b]
load:
  operators: [{unit: 14301030000, post: desk, count: 3}, {unit: 14301030000, post: hall, count: 2}]
  stages: [{hold: 10s}]
posts:
  desk: {journeys: {j.in: 1, j.none: 9}, think_time: {fixed: 1s}}
  hall: {journeys: {j.none: 1}, think_time: {fixed: 1s}}
thresholds: {run: [error_rate < 1%]}
"""
SHARED = "data.accounts has {} in accounts.csv for {} operators, so that some would share one; add rows, or "


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _files(rows: int, change: tuple[str, str] = ("", ""), target: tuple[str, str] = ("", "")) -> None:
    Path("accounts.csv").write_text("user\n" + "".join(f"u{number}\n" for number in range(rows)))
    Path("s.yaml").write_text(SCENARIO.replace(*change))
    Path("t.yaml").write_text(TARGET.replace(*target))


def _refused(users: int | None = None) -> str:
    loaded = load_scenario("./s.yaml")
    try:
        normalise(loaded, Options(users=users))
    except UsageError as error:
        return str(error)
    return ""


HALL = ("hall: {journeys: {j.none: 1}", "hall: {journeys: {j.own: 1}")
DEFAULTS = ('X-All: "all"', 'X-All: "${DATA:accounts.user}"')
LOGIN = ("defaults:", "auth: {bearer: {login: a.in, token: token}}\ndefaults:")


@pytest.mark.parametrize(
    ("rows", "change", "target", "said"),
    [
        (3, ("", ""), ("", ""), None),  # those of the hall are given none
        (2, ("", ""), ("", ""), ("2 rows", 3)),
        (1, ("", ""), ("", ""), ("1 rows", 3)),
        (4, HALL, ("", ""), ("4 rows", 5)),  # by a journey's own step
        (5, HALL, ("", ""), None),
        (4, ("", ""), DEFAULTS, ("4 rows", 5)),  # by what each operation sends
        (4, ("", ""), LOGIN, ("4 rows", 5)),  # by what signs each of them in
        (5, ("", ""), LOGIN, None),
        (2, ("", ""), ("${DATA:accounts.user}", "x"), None),  # nobody is given one
        (2, ("each: operator", "each: operator, take: at random"), ("", ""), ("2 rows", 3)),
        # what is written is known
        (2, ("each: operator", "each: operator, at_end: again"), ("", ""), None),
        (2, ("each: operator", "each: operator, at_end: stop"), ("", ""), None),  # the run ends, and says so
        (2, ("each: operator", "each: operator, take: unique"), ("", ""), None),  # the run is invalid
    ],
)
def test_operators_share_rows_only_where_it_is_written(
    rows: int, change: tuple[str, str], target: tuple[str, str], said: tuple[str, int] | None
) -> None:
    _files(rows, change, target)
    refused = _refused()
    if said is None:
        assert refused == ""
    else:
        assert refused.startswith("s.yaml:4: ") and SHARED.format(*said) in refused, refused


def test_those_of_the_command_line_count() -> None:
    _files(3)
    assert _refused(users=5) == ""
    assert SHARED.format("3 rows", 6) in _refused(users=10)  # 3 of 5 are at the desk
    _files(2)
    assert _refused(users=3) == ""  # 2 at the desk, 1 in the hall


def test_it_is_refused_before_anything_is_sent() -> None:
    _files(2)
    with pytest.raises(UsageError, match="write at_end: again where they may"):
        prepare(RunRequest("./s.yaml"))


def test_arrivals_have_no_operators() -> None:
    closed = SCENARIO[SCENARIO.index("load:") : SCENARIO.index("thresholds:")]
    _files(1, (closed, "load: {arrivals: {rate: 5/s, journeys: {j.own: 1}}, stages: [{hold: 5s}]}\n"))
    assert _refused() == ""
