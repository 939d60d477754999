"""No secret of any shape goes from a recording into a draft, its scenario or what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renhai.binding.drafting.draft import written_out
from renhai.binding.drafting.from_har import draft_har
from renhai.binding.drafting.scenario import scenario_text
from tests.binding.drafting.making import FORM, HUB, JSON, entry, har, recorded

SECRET = "T0psecret77"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
RESIDENT = "430102199001011234"
NAMES = [
    "password", "Passwd", "pwd", "dlmm", "mm", "mima", "kl", "密码", "口令", "验证码", "yzm", "pin", "otp",
    "auth", "jwt", "accessToken", "app_secret", "sign", "session-id", "sid", "apiKey", "access_key", "sfzjhm",
    "sjhm", "身份证号码", "smsCode", "verify_code", "appkey", "ak", "sk", "aes", "bankCardNo", "yhkh", "lxdh",
    "email",
]  # fmt: skip


def everything(folder: Path, *entries: dict[str, Any]) -> str:
    """All that is written and said of a recording."""
    draft = draft_har(har(folder, *entries))
    said = [note.text(language) for note in [*draft.head, *draft.said] for language in ("en", "zh")]
    return "\n".join([written_out(draft), written_out(draft, "zh"), scenario_text(draft, "x.yaml"), *said])


@pytest.mark.parametrize("name", NAMES)
def test_a_field_whose_name_speaks_of_a_secret_is_left_out_everywhere(name: str, tmp_path: Path) -> None:
    value = RESIDENT
    bodies = [
        (JSON, json.dumps({name: value, "a": [{name: [value]}]})),
        (JSON, json.dumps({name: int(value)})),
        (FORM, f"{name}={value}&b=1"),
        (FORM, "data=" + quote(json.dumps({name: value}))),
        (FORM, "data=" + quote(f"<a><b>1</b><{name}>{value}</{name}></a>")),
        ("text/xml", f"<a><{name}><![CDATA[{value}]]></{name}><c {name}='{value}'/></a>"),
        ("text/xml", f"<a><b>&lt;{name}&gt;{value}&lt;/{name}&gt;</b></a>"),
        ("text/plain", json.dumps({name: value})),
    ]
    for media, body in bodies:
        again = body.replace(value, "430102199001015678")  # where it varies, too
        requests = [entry("POST", body=text, media=media) for text in (body, again)]
        assert "4301021990" not in everything(tmp_path, *requests)
    requests = [entry("POST", f"{HUB}/{n}", body, media) for n, (media, body) in enumerate(bodies)]
    text, _ = recorded(tmp_path, *requests, entry(url=f"{HUB}/in?{name}={value}"))
    assert value not in text


@pytest.mark.parametrize("value", [JWT, JWT[:10], "Bearer abcdef123456", "ST-12345-abcdefghijkl", RESIDENT])
def test_a_value_of_the_shape_of_a_secret_is_left_out_whatever_its_field(value: str, tmp_path: Path) -> None:
    requests = [
        entry("POST", body=json.dumps({"anything": value, "list": ["x", value]}), media=JSON),
        entry(url=f"{HUB}/in?a={quote(value)}"),
        entry(headers={"X-Anything": value}),
        entry("POST", body=f"<a><b>{value}</b></a>", media="text/xml"),
    ]
    assert value not in everything(tmp_path, *requests)
    recorded(tmp_path, *requests)


@pytest.mark.parametrize(
    "value", ["9f86d081884c7d659a2feaa0c55ad015", "6F9619FF-8B86-D011-B42D-00CF4FC964FF"]
)
def test_what_only_one_session_can_have_is_a_field_without_its_value(value: str, tmp_path: Path) -> None:
    requests = [entry("POST", body=json.dumps({"a": value}), media=JSON)]
    assert value not in everything(tmp_path, *requests)
    text, binding = recorded(tmp_path, *requests)
    assert binding.operations["in.post"].body == {"a": "${a}"}
    assert "FILL IN: a: the recorded value looked like one person's" in text


@pytest.mark.parametrize("part", [JWT, "P4ss-11-in-path", "10114301030000abcd01"])
def test_a_part_of_a_path_that_only_one_person_has_is_left_out(part: str, tmp_path: Path) -> None:
    assert part not in everything(tmp_path, entry("POST", f"{HUB}/u/{part}/show"))
    _, binding = recorded(tmp_path, entry("POST", f"{HUB}/u/{part}/show"))
    ((name, operation),) = binding.operations.items()
    assert (name, operation.path) == ("u.post_show", "/u/${part_2}/show")


@pytest.mark.parametrize("path", ["/hlwsb/sbkk/getSbZt.do", "/api/v2/declarations", "/gt3/2015/sb.do"])
def test_a_path_of_words_is_kept(path: str, tmp_path: Path) -> None:
    _, binding = recorded(tmp_path, entry("POST", f"{HUB}{path}"))
    assert [operation.path for operation in binding.operations.values()] == [path]


def test_a_secret_is_hidden_where_it_stands_under_another_name(tmp_path: Path) -> None:
    text = everything(
        tmp_path,
        entry("POST", f"{HUB}/login", f"yhm=me&password={SECRET}", headers={"Cookie": f"J={SECRET}9"}),
        entry("POST", f"{HUB}/again", f"memo=was-{SECRET}-then"),
        entry(url=f"{HUB}/x/{SECRET}/y"),
        entry(url=f"http://me:{SECRET}@hub.example/in;jsessionid={SECRET}"),
        entry(
            headers={"Authorization": f"Bearer {SECRET}", "X-Auth-Token": SECRET, "X-Seen": f"by {SECRET}"}
        ),
        entry(url=f"{HUB}/static/{SECRET}{SECRET}.js"),
        entry("CONNECT", f"http://me:{SECRET}@hub.example:443"),
    )
    assert SECRET not in text


def test_the_message_of_a_file_and_its_name_hold_no_secret_either(tmp_path: Path) -> None:
    parts = [{"name": "token", "value": SECRET}, {"name": "f", "fileName": "a.csv", "value": f"pwd={SECRET}"}]
    request = entry("POST", f"{HUB}/up")
    request["request"]["postData"] = {"mimeType": "multipart/form-data; boundary=x", "params": parts}
    assert SECRET not in everything(tmp_path, request)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(["query", "form", "json", "xml", "header"]),
    before=st.text("abc ,;\"'<>&=\\${}", max_size=6),
    name=st.sampled_from(["token", "a", "授权", "x-sign"]),
)
def test_a_known_secret_is_hidden_in_any_surroundings(
    place: str, before: str, name: str, tmp_path: Path
) -> None:
    value = before + SECRET
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    requests = {
        "query": entry(url=f"{HUB}/in?{quote(name)}={quote(value)}"),
        "form": entry("POST", body=f"{quote(name)}={quote(value)}"),
        "json": entry("POST", body=json.dumps({name: value}), media=JSON),
        "xml": entry("POST", body=f'<r><{name}>{escaped}</{name}><b c="{escaped}"/></r>', media="text/xml"),
        "header": entry(headers={f"X-{name}" if name.isascii() else "X-A": value}),
    }
    first = entry("POST", f"{HUB}/login", f"password={SECRET}")
    assert SECRET not in everything(tmp_path, first, requests[place])
    recorded(tmp_path, first, requests[place])
