"""URLs and addresses of a target: looked up once, and held against the target file."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.validation import show
from renhai.safety.allowance import Allowing, Refused

Address = IPv4Address | IPv6Address


def wrong_url(url: str) -> str:
    """Why a target's URL is not http://host:port, "" when it is; the sentence does not repeat the URL."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or not url.isprintable() or " " in url:
        return "must be http://host:port or https://host:port"
    if "@" in parts.netloc:
        return "holds a password; put it under auth as ${ENV:NAME}"
    if parts.query or parts.fragment or parts.path.rstrip("/"):
        return "must end after the port; a path, ? and # belong to the path of each operation"
    return ""


def checked_url(url: str, option: str = "--target") -> str:
    """The URL of an option or of a target file, as it is used. Raises UsageError."""
    if wrong := wrong_url(url):
        raise UsageError(Problem(option, "", f"is {show(url)}; {wrong}"))
    return url.rstrip("/")


def resolve(url: str, binding: Allowing, shown: str) -> list[str]:
    """The addresses that this run may connect to, all of them allowed; by a proxy its own.

    In an order of their own: a name server changes its order, and which address a connection takes must not
    change from run to run.

    Raises Refused when the host or one of its addresses is not, InvalidRun when the name leads nowhere.
    """
    check_ways(url, binding, shown)
    url = binding.proxy or url
    host = urlsplit(url).hostname or ""
    _check_name(host, binding, shown)
    addresses = lookup(url)
    check_addresses(host, addresses, binding, shown)
    return [str(address) for address in sorted(addresses, key=lambda one: (one.version, int(one)))]


def drift(url: str, pinned: Sequence[str]) -> list[str]:
    """The addresses that the name stands for now and did not at the start (`pinned`); none: all is well.

    Fewer addresses are no drift, nor is a name server that does not answer: nothing is sent elsewhere.
    """
    try:
        now = {str(address) for address in lookup(url)}
    except InvalidRun:
        return []
    return sorted(now - set(pinned))


def _check_name(host: str, binding: Allowing, shown: str) -> None:
    """A name that no line of the target file can allow is not even looked up: that, too, tells somebody."""
    if is_address(host):  # nothing needs to be looked up
        check_addresses(host, [ip_address(host.partition("%")[0])], binding, shown)
        return
    known = host in _names(binding.hosts) or is_local_name(host)
    if not known and not any("/" in item for item in binding.hosts):
        raise Refused(_unlisted(host, host, shown))


def is_local_name(host: str) -> bool:
    """Whether it is a name of this machine, whatever any name server says."""
    return host == "localhost" or host.endswith(".localhost")  # RFC 6761, section 6.3


def check_addresses(host: str, addresses: Sequence[Address], binding: Allowing, shown: str) -> None:
    """Raises Refused unless all addresses of the host may be loaded."""
    strangers = [address for address in addresses if not is_loopback(address)]
    if is_local_name(host) and strangers:
        why = f"{host} leads to {strangers[0]}, which is not this machine; see its hosts file and its DNS"
        raise Refused(Problem(shown, "hosts", why))
    if all(is_loopback(address) for address in addresses) or host in _names(binding.hosts):
        return
    outside = [address for address in addresses if not _listed(address, binding.hosts)]
    if outside:
        said = host if str(outside[0]) == host else f"{host} ({outside[0]})"
        raise Refused(_unlisted(host, said, shown))


def check_ways(url: str, binding: Allowing, shown: str) -> None:
    """Whom a proxy leads to must be listed, loopback or not: a proxy earns no exemption. Raises Refused."""
    if binding.behind and not is_listed(binding.behind, binding):
        why = f"is {binding.behind}, which hosts does not list"
        raise Refused(Problem(shown, "through.to", f"{why}; if its owner allows the load, add it there"))
    host = urlsplit(url).hostname or ""
    if binding.proxy and not is_listed(host, binding):
        why = f"leads to {host}, which hosts does not list; by a proxy loopback is no exemption"
        raise Refused(Problem(shown, "proxy", f"{why}; if its owner allows the load, add it there"))


def is_listed(host: str, binding: Allowing) -> bool:
    """Whether a target file names this host, or a network that this address lies in."""
    if host.lower() in _names(binding.hosts):
        return True
    return is_address(host) and _listed(ip_address(host), binding.hosts)


def _unlisted(host: str, said: str, shown: str) -> Problem:
    why = (
        f"does not list {said}; if its owner allows the load, copy the target file, "
        f"add {host} under hosts and give that copy as the target"
    )
    return Problem(shown, "hosts", why)


def is_address(host: str) -> bool:
    """Whether it is an address and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(address: Address) -> bool:
    """127.0.0.0/8 and ::1, and the former written as IPv6."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def lookup(url: str) -> list[Address]:
    """All addresses of a URL's host, in the resolver's order. Raises InvalidRun."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidRun(f"the target's host {host} cannot be resolved: {why}; check --target") from None
    return [ip_address(str(text).partition("%")[0]) for text in dict.fromkeys(entry[4][0] for entry in found)]


def _names(hosts: Sequence[str]) -> set[str]:
    return {host.lower() for host in hosts if not _network(host)}


def _listed(address: Address, hosts: Sequence[str]) -> bool:
    networks = [network for network in map(_network, hosts) if network is not None]
    return any(address.version == network.version and address in network for network in networks)


def _network(host: str) -> Any:
    try:
        return ip_network(host, strict=False)
    except ValueError:
        return None
