"""What a target file may say of TLS, versions of HTTP, redirects and a proxy of one's own."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest

from renhai.binding.loader import load_binding
from renhai.load.http.tls import client_context, tls_of
from renhai.safety import addresses
from renhai.safety.addresses import check_ways
from renhai.safety.allowance import Ceiling, Refused
from renhai.safety.permit import Permit, permit
from tests.binding.making import plain, refusal

OPERATIONS = "operations: {a.b: {path: /a}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http: 2\n", "http is 2; must be 1: the load engine speaks HTTP/1.1 alone"),
        ("follow: anywhere\n", "follow is"),
        ("tls: {versions: ['1.1', '1.3']}\n", "tls.versions is 1.1, 1.3; a range without a gap"),
        ("tls: {versions: ['1.2', '1.2']}\n", "a range without a gap"),
        ("tls: {versions: []}\n", "tls.versions"),
        ("tls: {versions: ['1.4']}\n", "tls.versions"),
        ("tls: {ciphers: SM4-MINE}\n", "tls.ciphers is SM4-MINE, of which OpenSSL"),
        ("through: {to: 'http://x', label: a}\n", "through.to"),
        ("through: {to: x}\n", "through"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    found = refusal(tmp_path, text + OPERATIONS)
    assert found.startswith("city.yaml:4: ") and said in found


def test_versions_and_ciphers_hold_the_client(tmp_path: Path) -> None:
    text = "tls: {server_name: other.example, versions: ['1.2'], ciphers: ECDHE+AESGCM}\n"
    tls = tls_of(plain(tmp_path, text + OPERATIONS)["tls"])
    context = client_context(tls)
    assert tls.server_name == "other.example"
    assert (context.minimum_version, context.maximum_version) == (ssl.TLSVersion.TLSv1_2,) * 2
    names = [one["name"] for one in context.get_ciphers() if one["protocol"] != "TLSv1.3"]
    assert names and all("ECDHE" in name and "GCM" in name for name in names)
    bare = tls_of(plain(tmp_path, OPERATIONS)["tls"])
    assert (bare.server_name, bare.versions, bare.ciphers) == ("", (), "")


@pytest.mark.parametrize(
    ("to", "hosts", "allowed"),
    [
        ("tax.example", ["TAX.example"], True),
        ("tax.example", ["10.0.0.0/24"], False),
        ("10.0.0.7", ["10.0.0.0/24"], True),
        ("10.0.1.7", ["10.0.0.0/24"], False),
        ("127.0.0.1", [], False),
        ("localhost", ["tax.example"], False),
        ("::1", [], False),
        ("127.0.0.1", ["127.0.0.1"], True),
    ],
)
def test_whom_a_proxy_leads_to_must_be_listed_loopback_or_not(
    tmp_path: Path, to: str, hosts: list[str], allowed: bool
) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        f"name: city\nenvironment: test\nurl: http://127.0.0.1:8400\nhosts: {hosts}\n"
        f"through: {{to: '{to}', label: 国密}}\nsuccess: any\n{OPERATIONS}"
    )
    binding, _, _ = load_binding(str(path))
    given = permit(binding, "city.yaml")
    assert given == Permit("city.yaml", "test", tuple(hosts), Ceiling(None, None), to)
    if allowed:
        check_ways("http://127.0.0.1:8400", given, given.shown)
    else:
        with pytest.raises(Refused, match=r"through.to .*which hosts does not list"):
            check_ways("http://127.0.0.1:8400", given, given.shown)


@pytest.mark.parametrize(
    ("url", "hosts", "said"),
    [
        ("http://127.0.0.1:9", "[proxy.example]", "proxy leads to 127.0.0.1, which hosts does not list"),
        ("http://localhost:9", "[proxy.example]", "proxy leads to localhost"),
        ("http://tax.example", "[]", "proxy leads to tax.example"),
        ("http://tax.example", "[tax.example]", "does not list proxy.example"),
        ("http://tax.example", "[tax.example, proxy.example]", ""),
        ("http://10.1.2.3", "[10.1.0.0/16, proxy.example]", ""),
    ],
)
def test_the_guard_judges_the_proxy_and_whom_it_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, hosts: str, said: str
) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        f"name: city\nenvironment: test\nurl: {url}\nhosts: {hosts}\nproxy: http://proxy.example:3128\n"
        f"success: any\n{OPERATIONS}"
    )
    binding, _, _ = load_binding(str(path))
    asked: list[str] = []
    found = [ip_address("10.9.9.9")]
    monkeypatch.setattr(addresses, "lookup", lambda url: asked.append(url) or found)  # type: ignore[func-returns-value]
    if said:
        with pytest.raises(Refused, match=said):
            addresses.resolve(url, binding, "city.yaml")
        assert asked == []
    else:
        assert addresses.resolve(url, binding, "city.yaml") == ["10.9.9.9"]
        assert asked == ["http://proxy.example:3128"]  # the final name is the proxy's to look up


@pytest.mark.parametrize("proxy", ["https://p:1", "p:1", "http://u:pw@p:1", "http://p:1/x", "socks5://p:1"])
def test_a_wrong_proxy_is_refused(tmp_path: Path, proxy: str) -> None:
    assert refusal(tmp_path, f"proxy: '{proxy}'\n{OPERATIONS}").startswith("city.yaml:4: proxy")
