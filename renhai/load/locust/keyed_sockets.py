"""Locust's sockets with a key: only processes that hold the run's key can speak with each other.

ZeroMQ's own CURVE (RFC 25, https://rfc.zeromq.org/spec/25/) does all of it. Both sides use the one key of the
run as their permanent secret: the worker knows its master by the public half of it, and the master lets in
only who proves to hold it (RFC 27, ZAP). Who does not gets not one message, the plan least of all.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import gevent
import zmq
import zmq.green
from locust.rpc import zmqrpc
from locust.rpc.protocol import Message
from zmq.utils import z85
from zmq.utils.monitor import parse_monitor_message

from renhai import __version__
from renhai.core.errors import INVALID, USAGE
from renhai.core.join_key import VARIABLE, checked_key
from renhai.load.worker.message_schema import (
    PEERS,
    SAYS_VERSION,
    UNSAID,
    BadMessage,
    OtherVersion,
    checked,
)

logger = logging.getLogger(__name__)

ZAP = "inproc://zeromq.zap.01"
LINGER_MS = 2000  # libzmq keeps what could not be sent for ever, and waits for it when a socket goes
LARGEST_MESSAGE = 64 << 20  # bytes; a report of 10,000 operations takes 10 MB
REFUSALS = 3  # a handshake may fail once because the other side was just ending
FAILED = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)

_Socket: Any = zmqrpc.BaseSocket
_make = _Socket.__init__


class Keys:
    """The two halves of the run's key, in ZeroMQ's spelling (Z85); empty before `secure`."""

    secret = b""
    public = b""


def secure_from_environment() -> None:
    """`secure` with the key of RENHAI_JOIN_KEY, which is taken out of the environment. Raises UsageError."""
    if not Keys.secret:
        secure(checked_key(os.environ.pop(VARIABLE, "").strip(), VARIABLE))


def require_key() -> None:
    """From now on no socket is made without a key: `secure` comes first, or none is needed."""
    if not Keys.secret:
        zmqrpc.Server = zmqrpc.Client = _refused


def _refused(*_: object) -> Any:
    sys.stderr.write("load processes know each other by the key of their run: start them by `renhai run`\n")
    sys.stderr.flush()
    os._exit(USAGE)


def secure(key: str) -> None:
    """From now on every socket that Locust makes in this process has this key (64 hexadecimal digits)."""
    Keys.secret = z85.encode(bytes.fromhex(key))
    Keys.public = zmq.curve_public(Keys.secret)
    _Socket.__init__ = _keyed
    zmqrpc.Server, zmqrpc.Client = KeyedServer, KeyedClient


def _keyed(self: Any, sock_type: int, ipv4_only: bool) -> None:
    _make(self, sock_type, ipv4_only)
    socket = self.socket
    socket.curve_secretkey, socket.curve_publickey = Keys.secret, Keys.public
    socket.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
    socket.setsockopt(zmq.LINGER, LINGER_MS)
    if sock_type == zmq.ROUTER:
        socket.curve_server = True
        socket.zap_domain = b"renhai"
        _open_door(socket.context)
    else:
        socket.curve_serverkey = Keys.public
        gevent.spawn(_watch_door, socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | FAILED))


def _open_door(context: Any) -> None:
    """Answer libzmq's question about each peer: may it come in?"""
    door = context.socket(zmq.REP)
    door.bind(ZAP)
    gevent.spawn(_keep_door, door)


def _keep_door(door: Any) -> None:
    while True:
        try:
            version, request, _domain, address, _identity, mechanism, *credentials = door.recv_multipart()
        except zmq.ZMQError:
            return  # the context has ended
        ours = mechanism == b"CURVE" and len(credentials) == 1 and z85.encode(credentials[0]) == Keys.public
        if not ours:
            logger.warning("a peer at %s without the key of this run was turned away", address.decode())
        door.send_multipart([version, request, b"200" if ours else b"400", b"", b"", b""])


def _watch_door(monitor: Any) -> None:
    """Ends a worker that the master does not let in: it holds another key, or none of ours."""
    refused = 0
    while True:
        try:
            event = parse_monitor_message(monitor.recv_multipart())["event"]
        except (zmq.ZMQError, ValueError):
            return
        refused = 0 if event == zmq.EVENT_HANDSHAKE_SUCCEEDED else refused + 1
        if refused >= REFUSALS:
            sys.stderr.write(
                "the master has another key: give the one of this run, which `renhai run --expect` "
                f"names when it begins, by --key-file FILE or {VARIABLE}\n"
            )
            sys.stderr.flush()
            os._exit(INVALID)  # nothing was sent, and nothing is left to be told


class KeyedServer(zmqrpc.Server):  # type: ignore[misc]
    """The master's socket: hands on only messages that fit their schema."""

    custom: Callable[[], Any] = staticmethod(tuple)  # names of messages that a user's own file has registered

    def recv_from_client(self) -> tuple[str, Message]:
        while True:
            try:
                parts = self.socket.recv_multipart()
            except zmq.ZMQError as error:
                raise zmqrpc.RPCError("ZMQ network broken") from error
            peer = parts[0].decode("utf-8", "replace")
            if peer in PEERS.banned:
                continue
            try:
                message = _read(parts)
                if message.node_id != peer:
                    raise BadMessage("it speaks in the name of another worker")
                checked(message.type, message.data, "master", type(self).custom())
            except OtherVersion as error:
                PEERS.versions[peer] = error.theirs
                PEERS.ban(peer, str(error))
                self.send_to_client(Message("locustfile", {"error": _differ(error.theirs)}, peer))
                continue
            except BadMessage as error:
                PEERS.ban(peer, str(error))
                continue
            return peer, message


class KeyedClient(zmqrpc.Client):  # type: ignore[misc]
    """A worker's socket, the same way."""

    custom: Callable[[], Any] = staticmethod(tuple)

    def send(self, msg: Message) -> None:
        if msg.type in SAYS_VERSION:
            msg.data = {**msg.data, "renhai": __version__}
        super().send(msg)

    def recv(self) -> Message:
        while True:
            try:
                data = self.socket.recv()
            except zmq.ZMQError as error:
                raise zmqrpc.RPCError("ZMQ network broken") from error
            if "" in PEERS.banned:
                continue
            try:
                message = _read([b"", data])
                checked(message.type, message.data, "worker", type(self).custom())
            except BadMessage as error:
                PEERS.ban("", str(error))
                continue
            return message


def _differ(theirs: str) -> str:
    """What a worker of another version is told; Locust prints it and ends it."""
    return (
        f"this worker has renhai {theirs or UNSAID}, the master {__version__}; "
        "use one version of renhai on all machines"
    )


def _read(parts: list[bytes]) -> Message:
    """Raises BadMessage for what is no message of Locust's, whatever it is."""
    if len(parts) != 2:
        raise BadMessage(f"a message of {len(parts)} parts")
    try:
        message = Message.unserialize(parts[1])
    except Exception as error:  # msgpack raises whatever the bytes make it raise
        raise BadMessage(f"no message of Locust's ({type(error).__name__})") from None
    if not isinstance(message.type, str) or not isinstance(message.node_id, str):
        raise BadMessage("a message without type or sender")
    return message
