"""What a drill may do to the target, and how: `drills:` and `services:` of a target file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from renhai.core.validation import Strict, refuse

Allowed = Literal["freeze", "kill", "restart", "fill", "tcp"]


def _list(value: Any) -> Any:
    if isinstance(value, str):
        raise refuse("must be a list of the command and its arguments: [systemctl, restart, app]")
    return value


Command = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    Field(min_length=1),
    BeforeValidator(_list, json_schema_input_type=list[str]),
]


class Service(Strict):
    """A process or service of the target; commands are run as they stand, by no shell."""

    pid_file: str | None = Field(
        default=None,
        examples=["/run/app.pid"],
        description="holds the number of its process on this machine; relative to this file",
    )
    freeze: Command | None = Field(
        default=None,
        examples=["[ssh, app1, ./freeze]"],
        description="instead of SIGSTOP to the process and its children",
    )
    thaw: Command | None = Field(default=None, description="takes freeze back", examples=["[thaw, app]"])
    kill: Command | None = Field(
        default=None,
        description="instead of SIGKILL to the process and its children",
        examples=["[fell, app]"],
    )
    start: Command | None = Field(
        default=None, description="starts it again after a kill", examples=["[./start, app]"]
    )
    folder: str | None = Field(
        default=None,
        examples=["/var/lib/app"],
        description="of the file system that fill may fill up; never the one of / or of the run",
    )
    restart: Command | None = Field(
        default=None, description="ends it well and starts it", examples=["[./restart, app]"]
    )
    state: Command | None = Field(
        default=None,
        examples=["[ssh, app1, systemctl, show, -P, MainPID, app]"],
        description="says how it is; what its commands do must change what it says, or it is not proven",
    )

    @model_validator(mode="after")
    def _both_ways(self) -> Service:
        if (self.freeze is None) != (self.thaw is None):
            missing = "thaw" if self.thaw is None else "freeze"
            raise refuse(f"has only one of freeze and thaw; add {missing}: what is done must be undone")
        if self.kill is not None and self.start is None:
            raise refuse("has kill without start, which takes it back; add start")
        return self

    def lacks(self, action: str) -> str:
        """What is missing here for an action, "" where nothing is."""
        if action == "freeze" and not (self.pid_file or self.freeze):
            return "pid_file, or freeze and thaw"
        if action == "kill" and not (self.pid_file or self.kill):
            return "pid_file, or kill"
        if action == "kill" and self.start is None:
            return "start, which takes the kill back"
        if action == "fill" and self.folder is None:
            return "folder"
        if action == "restart" and self.restart is None:
            return "restart"
        return ""
