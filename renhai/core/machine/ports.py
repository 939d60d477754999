"""Whether a port can be listened on."""

from __future__ import annotations

import socket


def why_taken(host: str, port: int) -> str:
    """Why nobody can listen there now; "" where one can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return ""
