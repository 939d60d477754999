"""The local ports of connections: all of the machine's range alike, where the kernel lets us say so."""

from __future__ import annotations

import _socket
import struct
from functools import cache

from renhai.core.machine.environment import local_ports

IP_LOCAL_PORT_RANGE = 51  # linux/in.h, since Linux 6.3


@cache
def whole_range() -> bytes:
    """The value of IP_LOCAL_PORT_RANGE that stands for the range there is; b"" where there is no such option.

    A connection that names its range may have any port of it. Without, the kernel (since Linux 6.8,
    __inet_hash_connect in net/ipv4/inet_hashtables.c) keeps to ports of one parity, and once they are gone
    goes through all of them for each further connection: a millisecond, in which no answer is read.
    """
    ports = local_ports()
    if ports is None:
        return b""
    value = struct.pack("I", ports[1] << 16 | ports[0])
    tried = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        tried.setsockopt(_socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, value)
    except OSError:
        return b""
    finally:
        tried.close()
    return value
