"""`locust_args:` of a scenario and what follows `--` on the command line: arguments of its own locustfile.

Its own options and Locust's choice of tags and user classes are passed on. What the plan says, Locust's
options must not say again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from renhai.core.errors import Problem, UsageError
from renhai.core.validation import refuse

PASSED_ON = (
    *("-T", "--tags", "-E", "--exclude-tags", "--equal-weights", "--config-users"),
    *("-L", "--loglevel", "--profile"),
)
_LOAD, _PAGE = "write load.users and load.stages", "the snapshot and its report have it"
_ROLES = "write --processes or --expect before the --"
_WEB = "write --web before the --"
# Locust's options that are the plan's -> what to write instead
PLANNED = {
    **dict.fromkeys(("-u", "--users", "-r", "--spawn-rate", "-t", "--run-time"), _LOAD),
    **dict.fromkeys(("-H", "--host"), "the target file's url is loaded; write --target before the --"),
    **dict.fromkeys(("-f", "--locustfile", "--config"), "the scenario's locustfile is loaded"),
    **dict.fromkeys(("-s", "--stop-timeout"), "what is under way is waited for up to timeouts.total"),
    **dict.fromkeys(("--processes", "--master", "--worker", "--master-host", "--master-port"), _ROLES),
    **dict.fromkeys(("--master-bind-host", "--master-bind-port", "--enable-rebalancing"), _ROLES),
    **dict.fromkeys(("--expect-workers", "--expect-workers-max-wait", "--expect-slaves", "--slave"), _ROLES),
    **dict.fromkeys(("--web-host", "--web-host-display-name", "-P", "--web-port", "--web-base-path"), _WEB),
    **dict.fromkeys(("--headless", "--headful", "--autostart", "--autoquit", "--class-picker"), _WEB),
    **dict.fromkeys(("--web-auth", "--web-login", "--tls-cert", "--tls-key", "--build-path"), _WEB),
    **dict.fromkeys(("--legacy-ui",), _WEB),
    **dict.fromkeys(("--csv", "--csv-full-history", "--html", "--json", "--json-file"), _PAGE),
    **dict.fromkeys(("--print-stats", "--only-summary", "--reset-stats", "--otel"), _PAGE),
    **dict.fromkeys(("--skip-log-setup", "--logfile"), "locust.log in the snapshot has it"),
    **dict.fromkeys(("--exit-code-on-error",), "the thresholds decide"),
    **dict.fromkeys(("-h", "--help", "-V", "--version", "-l", "--list"), "ask locust itself"),
    **dict.fromkeys(("--show-task-ratio", "--show-task-ratio-json"), "ask locust itself"),
}


def _read(value: Any) -> list[str]:
    if isinstance(value, str):
        try:
            return shlex.split(value)
        except ValueError as error:
            raise refuse(f"is no command line ({error}); write a list, as in [--tags, filing]") from None
    if isinstance(value, list) and all(
        isinstance(part, str | int | float) and not isinstance(part, bool) for part in value
    ):
        return [str(part) for part in value]
    raise refuse("must be a list of words such as [--tags, filing], or one line such as --tags filing")


LocustArgs = Annotated[
    list[str],
    BeforeValidator(_read),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "number"]}}]}
    ),
    Field(examples=["[--tags, filing]"]),
]


def planned(arguments: Iterable[str]) -> str:
    """What is wrong with the first argument that says what the plan says; "" when there is none."""
    for argument in arguments:
        name = argument.partition("=")[0]
        short = argument[:2]
        for option in (name, short if not argument.startswith("--") else name):
            if option in PLANNED:
                return f"has {argument}, which is not the locustfile's to say: {PLANNED[option]}"
    return ""


def of_command_line(arguments: Sequence[str], scenario: str, has_file: bool) -> None:
    """Raises UsageError for arguments after `--` that cannot be passed on."""
    if arguments and not has_file:
        why = f"{' '.join(arguments)} would go to a locustfile, and {scenario} has none; remove it"
        raise UsageError(Problem("arguments", "", why))
    if wrong := planned(arguments):
        raise UsageError(Problem("after --", "", wrong))
