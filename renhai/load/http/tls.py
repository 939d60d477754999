"""TLS for a Connection: the same watchers and phases, with an SSLObject between the socket and the reader."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from renhai.binding.schema.tls import restrict
from renhai.load.http.connection import AWAIT, RECEIVE_BYTES, SEND, Connection
from renhai.load.http.types import Exchange, Limits


@dataclass(frozen=True)
class Tls:
    """How to trust the target, and be trusted by it. Paths name PEM files.

    ca_file: authorities to trust instead of the system's. certificate, key, key_password: shown when asked
    for. verify: False accepts any certificate and name. server_name: the name to ask for and check; "" is the
    host of the URL. versions, ciphers: as the target file has them; none: OpenSSL's own.
    """

    ca_file: str = ""
    certificate: str = ""
    key: str = ""
    key_password: str = ""
    verify: bool = True
    server_name: str = ""
    versions: tuple[str, ...] = ()
    ciphers: str = ""


def tls_of(plain: Mapping[str, Any]) -> Tls:
    """Of `tls` in a normalised target file."""
    return Tls(
        ca_file=plain.get("ca") or "",
        certificate=plain.get("certificate") or "",
        key=plain.get("key") or "",
        verify=plain.get("verify", True),
        server_name=plain.get("server_name") or "",
        versions=tuple(plain.get("versions") or ()),
        ciphers=plain.get("ciphers") or "",
    )


def client_context(tls: Tls) -> ssl.SSLContext:
    """An SSLContext as `tls` says. Raises OSError or ssl.SSLError when a file cannot be read."""
    context = ssl.create_default_context(cafile=tls.ca_file or None)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key or None, tls.key_password or None)
    restrict(context, tls.versions, tls.ciphers)
    return context


@dataclass(frozen=True)
class TlsPeer:
    """One server as TLS knows it. tunnel: what a proxy is asked first; b"" where there is none."""

    context: ssl.SSLContext
    server_name: str
    tunnel: bytes = b""


PROXY_SAID = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
MOST_FROM_PROXY = 16_384


class TlsConnection(Connection):
    """A Connection whose bytes pass through memory BIOs. The handshake belongs to the connect phase."""

    __slots__ = ("_incoming", "_outgoing", "_shaking", "_tls", "_told", "_tunnel")

    def __init__(
        self,
        loop: Any,
        limits: Limits,
        exchange: Exchange,
        address: tuple[Any, ...],
        family: int,
        peer: TlsPeer,
        place: int = 0,
    ) -> None:
        super().__init__(loop, limits, exchange, address, family, place)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._shaking = True
        self._tunnel = peer.tunnel  # still to be asked for
        self._told = b""  # what the proxy has said so far
        self._tls = peer.context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_hostname=peer.server_name,
            session=self.pool.sessions.get(address) if self.pool.sessions else None,
        )

    def _opened(self) -> None:
        if self._tunnel:
            try:
                self._send(self._tunnel)  # some hundred bytes, which an empty buffer takes
            except OSError as error:
                self._lost(error)
            return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            code = self._flush()
            if code:
                self._lost(OSError(code, ""))
            return
        except ssl.SSLError as error:
            self._flush()  # tells the server why
            self.fail(f"tls: {_words(error)}")
            return
        self._shaking = False
        super()._opened()

    def begin(self, exchange: Exchange, now: int) -> int:
        exchange.sent_ns = self.since_ns = now
        try:
            self._tls.write(exchange.wire)
        except ssl.SSLError:
            return errno.EPIPE
        self.exchange = exchange
        exchange.connection = self
        self.reader.begin(exchange, exchange.to_head)
        self.phase = AWAIT
        code = self._flush()
        if exchange.tail is not None and not code:
            self._tail = exchange.tail.pieces()
            if self._unsent is None and (piece := self._more()) is not None:
                self._send_later(piece)
        if self._unsent is not None:
            self.phase = SEND
        return code

    def _more(self) -> memoryview | None:
        piece = super()._more()
        if piece is None:
            return None
        self._tls.write(piece)
        return memoryview(self._outgoing.read())

    def _flush(self) -> int:
        """Give the kernel what TLS wants to say. Returns an errno when it refused, else 0."""
        data = self._outgoing.read()
        if not data:
            return 0
        if self._unsent is not None:
            self._unsent = memoryview(bytes(self._unsent) + data)
            return 0
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            return error.errno or errno.EIO
        if sent != len(data):
            self._send_later(memoryview(data)[sent:])
        return 0

    def _on_readable(self) -> None:
        try:
            data = self._receive(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(error)
            return
        now = monotonic_ns()
        if self._tunnel:
            self._heard(data)
            return
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        if self._shaking:
            self._opened()
        else:
            self._decrypt(now)

    def _heard(self, data: bytes) -> None:
        """The proxy answers CONNECT; what follows a good answer is the tunnel's."""
        self._told += data
        status = PROXY_SAID.match(self._told)
        whole = self._told.endswith(b"\r\n\r\n")
        if whole and status and status[1] == b"200":
            self._tunnel = self._told = b""
            self._opened()
        elif status and (whole or not data or status[1] != b"200"):
            self.fail(f"proxy: HTTP {status[1].decode()}")
        elif not data or whole or len(self._told) > MOST_FROM_PROXY:
            self.fail("proxy: no answer in HTTP/1")

    def _decrypt(self, now: int) -> None:
        # Asking only while something is pending spares an exception (SSLWantReadError) an answer.
        while not self.closed and (self._incoming.pending or self._incoming.eof or self._tls.pending()):
            exchange = self.exchange
            try:
                data = self._tls.read(RECEIVE_BYTES)
            except ssl.SSLWantReadError:
                self._flush()  # a key update wants an answer
                return
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                self._broken(error)
                return
            if exchange is None:
                self._left_idle(data)
            elif data:
                self._take(exchange, data, now)
            else:
                self._ended(exchange, now)

    def _broken(self, error: ssl.SSLError) -> None:
        """A TLS stream that ends without close_notify may have been cut, so it never completes an answer."""
        if isinstance(error, ssl.SSLEOFError):
            inside = self.exchange is not None and self.exchange.bytes_in
            self.fail("closed inside answer" if inside else "closed before answer")
        else:
            self.fail(f"tls: {_words(error)}")

    def _complete(self, exchange: Exchange, now: int) -> None:
        if not self.served:
            if self.pool.sessions is None:
                self.pool.sessions = {}
            self.pool.sessions[self._address] = self._tls.session
        super()._complete(exchange, now)


def _words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate refused: {error.verify_message}"
    if isinstance(error, ssl.SSLEOFError):
        return "closed during handshake"
    return (error.reason or "broken stream").lower().replace("_", " ")
