"""Journeys at a target that knows who is asking: sign in first, and anew when the login has run out.

A login is a request like any other and counts under its own operation. Before it runs out it is renewed,
where the binding says how. A request that was refused because the login had run out counts as it was judged;
it is sent once more after the new login.
"""

from __future__ import annotations

from renhai.binding.codec import CompiledBinding
from renhai.binding.state.client_state import ClientState
from renhai.load.engine.journeys import Steps


def signed_in(binding: CompiledBinding, memory: ClientState, steps: Steps) -> Steps:
    """The same journey, with the logins that it needs in between; not completed when one fails."""
    signing, reply = binding.signing, None
    signs = {*signing.logins, signing.renew, signing.logout}
    try:
        while True:
            step = steps.send(reply)  # type: ignore[arg-type]
            own = step[0] in signs
            if not own and not memory.is_fresh():
                held = yield from sign_in(binding, memory)
                if not held:
                    return False
            reply = yield step
            if not own and not reply.ok and signing.must_renew(reply):
                memory.sign_out()
                held = yield from sign_in(binding, memory)
                if not held:
                    return False
                reply = yield step
    except StopIteration as stop:
        return None if stop.value is None else bool(stop.value)
    finally:
        steps.close()


def sign_in(binding: CompiledBinding, memory: ClientState) -> Steps:
    """Renew a login that is not over yet, else sign in; whether the operator is signed in afterwards."""
    if binding.signing.renew and memory.can_renew():
        reply = yield binding.signing.renew, {}
        if reply.ok:
            return True
        memory.sign_out()
    for operation in binding.signing.logins:
        reply = yield operation, {}
        if not reply.ok:
            return False
    return True


def sign_out(binding: CompiledBinding, memory: ClientState) -> Steps:
    """End the login."""
    reply = yield binding.signing.logout, {}
    memory.leave()
    return reply.ok


SIGN_IN, SIGN_OUT = "sign-in", "sign-out"
SIGNING = {SIGN_IN: sign_in, SIGN_OUT: sign_out}
"""What operators do beside the journeys of their post: at the beginning and the end of a sitting."""
