"""The command line that a user's own file sees: its own arguments, and the truth about the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from locust import User
from locust.argument_parser import default_args_dict
from locust.user.task import is_markov_taskset

from renhai.load.worker.controller import Failure
from renhai.plan.model import Plan
from results.verdict.reasons.user_file import WrongArguments

# What a locustfile's arguments may change of Locust's own options; every other one is the plan's.
THEIRS = frozenset(
    {"tags", "exclude_tags", "user_classes", "config_users", "equal_weights", "loglevel", "profile"}
)
# What the runner itself puts on Locust's command line.
OURS = frozenset(
    {
        "autoquit", "autostart", "exit_code_on_error", "expect_workers", "headless", "host", "locustfile",
        "master", "master_bind_host", "master_bind_port", "master_host", "master_port", "only_summary",
        "processes", "web_host", "web_port", "worker",
    }
)  # fmt: skip


def check(options: Any, users: Iterable[type[User]]) -> None:
    """Raises Failure where arguments take what is the plan's, or leave a user class nothing to do."""
    defaults = default_args_dict()
    for name, value in vars(options).items():
        if name in defaults and name not in THEIRS | OURS and value != defaults[name]:
            option = "--" + name.replace("num_users", "users").replace("_", "-")
            raise Failure(WrongArguments(error=f"{option} is the plan's and not the file's"))
    tags, without = _set(options.tags), _set(options.exclude_tags)
    if tags or without:
        for kind in users:
            if not _left(kind, tags, without):
                said = f"--tags and --exclude-tags leave {kind.__name__} no task"
                raise Failure(WrongArguments(error=said))


def tell_the_truth(options: Any, plan: Plan) -> None:
    """`parsed_options` as if the plan had been given on Locust's own command line."""
    seconds = plan.load.seconds
    options.num_users = plan.load.peak_users
    options.spawn_rate = float(options.num_users)
    options.run_time = int(seconds) if seconds == int(seconds) else seconds
    options.host = plan.base_url
    options.locustfile = plan.locustfile.name if plan.locustfile else options.locustfile
    options.exit_code_on_error = 1


def _set(tags: Iterable[str] | None) -> frozenset[str]:
    return frozenset(tags or ())


def _left(holder: Any, tags: frozenset[str], without: frozenset[str]) -> bool:
    """Whether Locust's filter (locust.user.task.filter_tasks_by_tags) leaves a task; nothing is changed."""
    if is_markov_taskset(holder) or getattr(holder, "functions", False):
        return True
    return any(_stays(task, tags, without) for task in holder.tasks)


def _stays(task: Any, tags: frozenset[str], without: frozenset[str]) -> bool:
    if hasattr(task, "tasks"):
        return _left(task, tags, without)
    own = _set(getattr(task, "locust_tag_set", ()))
    return bool((not tags or own & tags) and not own & without)
