"""Every option of Locust's command line is either passed on to a user's own file or the plan's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from locust import HttpUser, TaskSet, tag, task
from locust.argument_parser import get_empty_argument_parser, setup_parser_arguments

from renhai.core.errors import UsageError
from renhai.load.user_file.options import check, tell_the_truth
from renhai.load.worker.controller import Failure
from renhai.plan.model import UserFileLoad, UserStage
from renhai.spec.locust_args import PASSED_ON, PLANNED, of_command_line, planned


def parsed(*arguments: str) -> Any:
    parser = get_empty_argument_parser(add_help=False, default_config_files=[])
    setup_parser_arguments(parser)
    return parser.parse_args(["--headless", "--host", "http://127.0.0.1:1", *arguments])


def test_no_option_of_locust_is_forgotten() -> None:
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    known = {option for action in parser._actions for option in action.option_strings}
    assert known - set(PASSED_ON) - set(PLANNED) == set()
    assert not set(PASSED_ON) & set(PLANNED)


@pytest.mark.parametrize(
    "arguments", [["--users", "3"], ["--users=3"], ["-u3"], ["-t", "3s"], ["--tags", "a", "--csv=x"]]
)
def test_what_the_plan_says_is_refused(arguments: list[str]) -> None:
    assert "is not the locustfile's to say" in planned(arguments)
    with pytest.raises(UsageError):
        of_command_line(arguments, "own", has_file=True)


def test_arguments_need_a_file() -> None:
    of_command_line((), "smoke", has_file=False)
    with pytest.raises(UsageError, match="smoke has none"):
        of_command_line(["--tags", "a"], "smoke", has_file=False)
    of_command_line(["--tags", "a", "U", "--filings", "3"], "own", has_file=True)


class Tagged(HttpUser):
    @tag("a")
    @task
    def one(self) -> None: ...

    @task
    class Inside(TaskSet):
        @tag("b")
        @task
        def two(self) -> None: ...


@pytest.mark.parametrize(
    "arguments", [(), ("--tags", "a"), ("--tags", "b"), ("--exclude-tags", "a"), ("-T", "a", "b")]
)
def test_tags_that_leave_a_task(arguments: tuple[str, ...]) -> None:
    check(parsed(*arguments), [Tagged])
    assert len(Tagged.tasks) == 2  # nothing was filtered by looking


@pytest.mark.parametrize(
    "arguments", [("--tags", "c"), ("--exclude-tags", "a", "b"), ("--tags", "a", "-E", "a")]
)
def test_tags_that_leave_none(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Failure, match="leave Tagged no task"):
        check(parsed(*arguments), [Tagged])


@pytest.mark.parametrize("option", [("--run-t", "5"), ("--spawn", "3"), ("--csv-f", "--csv", "x")])
def test_an_abbreviation_does_not_get_by(option: tuple[str, ...]) -> None:
    with pytest.raises(Failure, match="is the plan's and not the file's"):
        check(parsed(*option), [Tagged])


def test_parsed_options_tell_the_truth() -> None:
    load = UserFileLoad(
        stages=(
            UserStage(seconds=2, users_from=0, users_to=8),
            UserStage(seconds=3, users_from=8, users_to=8),
        )
    )
    plan = SimpleNamespace(
        load=load, base_url="http://tax.test", locustfile=SimpleNamespace(name="/x/own.py")
    )
    options = SimpleNamespace(host="", num_users=None, locustfile="load.py")
    tell_the_truth(options, plan)  # type: ignore[arg-type]
    assert vars(options) == {
        "host": "http://tax.test",
        "num_users": 8,
        "spawn_rate": 8.0,
        "run_time": 5,
        "locustfile": "/x/own.py",
        "exit_code_on_error": 1,
    }
