"""Journeys at a target that knows who is asking: sign in first, and anew when the login has run out.

A login is a request like any other and counts under its own operation. A request that was refused because the
login had run out counts as it was judged; it is sent once more after the new login.
"""

from __future__ import annotations

from renhai.bindings.memory import Memory
from renhai.load.journeys import Steps
from renhai.wire import CompiledBinding


def signed_in(binding: CompiledBinding, memory: Memory, steps: Steps) -> Steps:
    """The same journey, with the logins that it needs in between; not completed when one fails."""
    login, must_renew = binding.login, binding.signing.must_renew
    reply = None
    try:
        while True:
            step = steps.send(reply)  # type: ignore[arg-type]
            own = step[0] == login
            if not own and not memory.is_fresh():
                answer = yield login, {}
                if not answer.ok:
                    return False
            reply = yield step
            if not own and not reply.ok and must_renew(reply):
                memory.sign_out()
                answer = yield login, {}
                if not answer.ok:
                    return False
                reply = yield step
    except StopIteration as stop:
        return None if stop.value is None else bool(stop.value)
    finally:
        steps.close()
