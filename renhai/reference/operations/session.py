"""Sessions of officers: sign in, renew, sign out. They live in memory: a target that restarts knows nobody.

What is served under /desk/ needs the token of a session; the same operations under /api/ need none.
"""

from __future__ import annotations

from renhai.reference.operations.operation import Operation, Reading, Setup


def operations(setup: Setup) -> tuple[Operation, ...]:
    """Signing in and out."""
    sessions = setup.sessions
    return (
        Reading("session.login", sessions.login),
        Reading("session.renew", sessions.renew),
        Reading("session.logout", sessions.logout),
    )
