"""A document that stands as JSON is what the same dict is, whoever looks into it and however it is sent."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

import orjson
import pytest

from renhai.binding.codec import compile_binding
from renhai.binding.outgoing.bodies import compile_body
from renhai.binding.text.templates import Scope
from renhai.core.stored_document import MOST_DEEP, StoredDocument, as_dict, copied, simple_of, to_json

PLAIN: dict[str, Any] = {
    "djxh": "10114301010000000001", "je": 1234.5, "n": 0, "f": 0.0, "minus": -0.0, "none": None, "on": True,
    "nsrmc": "长沙人海", "zb": [{"lxh": 1, "se": 0.1}, {"lxh": 2, "se": 1e-7}], "in": {"a": {"b": "<&>"}},
}  # fmt: skip


def stored() -> StoredDocument:
    return StoredDocument(orjson.dumps(PLAIN))


def test_it_reads_as_the_dict() -> None:
    found = stored()
    assert repr(dict(found)) == repr({**found}) == repr(found) == repr(PLAIN)
    assert found == PLAIN
    assert list(found) == list(PLAIN)
    assert (found["zb"][1]["se"], found.get("nothing", 5), len(found), "je" in found) == (1e-7, 5, 10, True)
    assert found | {"je": 1} == PLAIN | {"je": 1}
    assert {"x": 1, "je": 0} | found == {"x": 1, "je": 0} | PLAIN
    with pytest.raises(KeyError):
        found["nothing"]


def test_unread_it_is_sent_as_it_stands() -> None:
    data = orjson.dumps(PLAIN)
    assert to_json(StoredDocument(data)) is not data
    assert to_json(StoredDocument(data)) == data
    assert to_json({"head": 1, "body": [StoredDocument(data)]}) == b'{"head":1,"body":[' + data + b"]}"


@pytest.mark.parametrize("names", [[], ["je"], ["je", "nothing"], ["zb"], ["in", "je"], list(PLAIN), ["no"]])
def test_who_asks_for_names_finds_them_as_in_the_whole(names: list[str]) -> None:
    for simple in (simple_of(PLAIN), b""):
        one = StoredDocument(orjson.dumps(PLAIN), simple)
        found = one.having(frozenset(names))
        assert {name: found[name] for name in names if name in found} == {
            name: PLAIN[name] for name in names if name in PLAIN
        }
        assert to_json(one) == orjson.dumps(PLAIN)


def test_who_asks_after_it_was_changed_finds_what_it_is_now() -> None:
    one = StoredDocument(orjson.dumps(PLAIN), simple_of(PLAIN))
    one["je"] = 7
    assert one.having(frozenset(["je"]))["je"] == 7
    del one["je"]
    assert "je" not in one.having(frozenset(["je"]))


def test_what_is_read_for_names_leaves_the_document_unread() -> None:
    one = StoredDocument(b"what nobody looks into", simple_of(PLAIN))
    assert one.having(frozenset(["je", "nothing"]))["je"] == PLAIN["je"]
    assert one.as_json() == b"what nobody looks into"
    with pytest.raises(ValueError, match="unexpected"):
        one.having(frozenset(["zb"]))


def test_what_was_changed_in_it_is_sent() -> None:
    for change in (
        lambda one: one.update(je=2.5),
        lambda one: one.__setitem__("je", 3),
        lambda one: one.pop("zb"),
        lambda one: one["zb"].append({}),
        lambda one: one["in"]["a"].clear(),
    ):
        found, same = stored(), copy.deepcopy(PLAIN)
        change(found)
        change(same)
        assert to_json(found) == orjson.dumps(same) != orjson.dumps(PLAIN)


def test_a_copy_is_one_of_its_own() -> None:
    found = stored()
    other = copy.deepcopy(found)
    other["zb"].clear()
    assert to_json(found) == orjson.dumps(PLAIN)
    assert to_json(other) != orjson.dumps(PLAIN)


def test_what_is_no_json_is_refused_as_before() -> None:
    for wrong in (object(), {"a": object()}, {1: 2}, "\ud800", 1 << 70):
        said = []
        for dumps in (orjson.dumps, to_json):
            with pytest.raises(TypeError) as refused:
                dumps(wrong)
            said.append(str(refused.value))
        assert said[0] == said[1]
    with pytest.raises(TypeError):
        json.dumps(stored())  # never an empty object


BODIES = [
    ("document", "json", "utf-8"),
    ("document", "json", "gbk"),
    ({"head": {"id": "${djxh}"}, "body": "${document}"}, "json", "utf-8"),
    ({"text": "of ${document}", "zb": "${zb}"}, "json", "gbk"),
    ("document", "form", "utf-8"),
    ({"whole": "${document}", "name": "${nsrmc}"}, "form", "gbk"),
    ("<a>${XML:document}</a><b>${CDATA:nsrmc}</b><c>${document}</c>", "xml", "utf-8"),
    ("${djxh}|${document}|${in.a.b}", "text", "gbk"),
    ({"whole": "${document}", "name": "${nsrmc}"}, "multipart", "utf-8"),
]


@pytest.mark.parametrize(("body", "form", "encoding"), BODIES, ids=str)
def test_every_body_is_what_it_is_of_the_dict(body: Any, form: str, encoding: str) -> None:
    build = compile_body(body, form, encoding, Scope({}))
    assert bytes(build(stored())) == bytes(build(PLAIN))
    assert len(build(PLAIN)) > 100


def test_a_request_with_path_query_headers_and_values_of_it_is_the_same() -> None:
    from renhai.binding.loader import load_binding, normalise

    binding, _, path = load_binding("reference")
    document = normalise(binding, path)
    for name, operation in document["operations"].items():
        document["operations"][name] = {**operation, "path": "/x/${djxh}", "query": {"je": "${je}"}}
    compiled = compile_binding(document, {**os.environ})
    asked = compiled.request("declaration.submit", stored()), compiled.request("declaration.submit", PLAIN)
    assert [(one.method, one.path, one.body) for one in asked[:1]] == [
        (one.method, one.path, one.body) for one in asked[1:]
    ]


def test_other_fields_stay_what_they_are() -> None:
    assert as_dict(PLAIN) is PLAIN
    assert type(as_dict(stored())) is dict


@pytest.mark.parametrize("looked_into", [False, True])
def test_a_copy_stays_as_it_is(looked_into: bool) -> None:
    document = stored()
    if looked_into:
        document["n"] = 1
    one, other = copied(document), copied({**PLAIN, "inner": document, "pair": (1, [2])})
    document["zb"][0]["se"], document["n"] = 9, 9
    assert dict(one) == {**PLAIN, "n": int(looked_into)}
    assert to_json(other) == to_json({**PLAIN, "inner": dict(one), "pair": [1, [2]]})
    nested = PLAIN["zb"]
    assert copied(PLAIN) == PLAIN
    assert copied(PLAIN)["zb"] is not nested
    assert copied(nested)[0] is not nested[0]


def test_a_copy_of_what_holds_itself_comes_to_an_end() -> None:
    rows: list[Any] = [1]
    rows.append(rows)
    found, deep = copied(rows), 0
    while found is not rows:
        found, deep = found[1], deep + 1
    assert deep == MOST_DEEP
