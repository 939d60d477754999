"""An ok answer's captures and login, kept with the operator: all of them, or the answer is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from renhai.binding.answers.captures import Captures
from renhai.binding.answers.echo import Sent
from renhai.binding.answers.paths import MISSING
from renhai.binding.answers.rules import Judge, Reply, compile_judge, error
from renhai.binding.state.client_state import ClientState

Login = Callable[[Any, ClientState, bytes, Mapping[str, Any]], None]


def keeping(
    success: Mapping[str, Any],
    rules: Captures,
    login: Login | None,
    login_reads: bool,
    memory_of: Callable[[], ClientState],
) -> Judge:
    """Judge by `success` and keep what `rules` and `login` take of an ok answer.

    login_reads: whether it reads the parsed answer, which then has to be one. memory_of: whose answer it is.
    """
    found: dict[str, Any] = {}
    answers: list[Any] = [None]

    def seen(answer: Any) -> None:
        answers[0] = answer
        for name, get in rules.parsed:
            found[name] = get(answer)

    judge = compile_judge(success, seen if rules.parsed or login_reads else None)

    def judged(status: int, head: bytes, body: bytes, sent: Sent) -> Reply:
        found.clear()
        reply = judge(status, head, body, sent)
        if reply.outcome != "ok":
            return reply
        memory = memory_of()
        try:
            for name, take in rules.raw:
                found[name] = take(head, body)
            if login is not None:
                login(answers[0], memory, head, found)
        except MISSING as wrong:
            return error(status, f"the answer cannot be read: {wrong}"[:120])
        memory.saved.update(found)
        return reply

    return judged
