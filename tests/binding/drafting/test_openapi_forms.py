"""Objects and lists in forms of OpenAPI documents: on the wire as the encoding says, else marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from renhai.binding.codec import compile_binding
from renhai.binding.loader import normalise
from tests.binding.drafting.making import FORM, described, operation
from tests.binding.drafting.openapi_parts import OK, TEXT

ADDRESS = {"properties": {"city": TEXT, "geo": {"properties": {"lat": TEXT, "lon": TEXT}}}}
COLOUR = {"properties": {"R": TEXT, "G": TEXT}}
LISTED = {"type": "array", "items": TEXT}
ROWS = {"type": "array", "items": {"properties": {"price": TEXT, "tax": {"properties": {"rate": TEXT}}}}}
LOST = "LOST: p: an object or a list in a form, of which the document does not say how it is written"
JOINED = "FILL IN: several values of p go as one text, joined by"
AS_JSON = [("p", '{"R":"1","G":"2"}')]
ONE = [("p", "x")]
INDEXED = "FILL IN: items of {} are written as [0]"


def form(how: dict[str, Any] | None, schema: Any, **more: Any) -> dict[str, Any]:
    """A document whose one operation takes a form with p of that schema, and n."""
    media: dict[str, Any] = {"schema": {"properties": {"p": schema, "n": TEXT}}, **more}
    if how is not None:
        media["encoding"] = {"p": how}
    return operation({"requestBody": {"content": {FORM: media}}, "responses": OK})


def on_the_wire(folder: Path, document: Any, fields: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """The draft, and the pairs that a receiver of its request reads."""
    text, binding = described(folder, document)
    compiled = compile_binding(normalise(binding, folder / "drafted.yaml"), {})
    request = compiled.request("a.post", fields, None)
    assert isinstance(request.body, bytes)
    return text, parse_qsl(request.body.decode(), strict_parsing=True)


@pytest.mark.parametrize(
    ("how", "schema", "fields", "pairs", "said"),
    [
        (
            {"style": "deepObject", "explode": True},
            ADDRESS,
            {"p": {"city": "长沙", "geo": {"lat": "28", "lon": "112"}}},
            [("p[city]", "长沙"), ("p[geo][lat]", "28"), ("p[geo][lon]", "112")],
            "",
        ),
        (
            {"style": "deepObject"},
            ROWS,
            {"p": {"price": "9.90", "tax": {"rate": "3"}}},
            [("p[0][price]", "9.90"), ("p[0][tax][rate]", "3")],
            INDEXED.format("p"),
        ),
        ({"style": "deepObject"}, LISTED, {"p": "x"}, [("p[0]", "x")], INDEXED.format("p")),
        ({"style": "form"}, COLOUR, {"p": {"R": "1", "G": "2"}}, [("R", "1"), ("G", "2")], ""),
        ({"explode": True}, COLOUR, {"p": {"R": "1", "G": "2"}}, [("R", "1"), ("G", "2")], ""),
        ({"explode": False}, COLOUR, {"p": {"R": "1", "G": "2"}}, [("p", "R,1,G,2")], ""),
        (
            {"style": "pipeDelimited", "explode": False}, COLOUR, {"p": {"R": "1", "G": "2"}},
            [("p", "R|1|G|2")], "",
        ),
        ({"explode": False}, LISTED, {"p": "x"}, [("p", "x")], f"{JOINED} ,"),
        ({"style": "spaceDelimited", "explode": False}, LISTED, {"p": "x"}, [("p", "x")], f"{JOINED} blanks"),
        ({"style": "form"}, LISTED, {"p": "x"}, [("p", "x")], ""),
        ({"contentType": "application/json"}, COLOUR, {"p": {"R": "1", "G": "2"}}, AS_JSON, ""),
        # an object of any fields: none can be written
        ({"style": "deepObject"}, {"type": "object", "additionalProperties": TEXT}, {"p": "x"}, ONE, LOST),
        # nobody says how: as before, and marked
        (None, COLOUR, {"p": {"R": "1", "G": "2"}}, AS_JSON, LOST),
        (
            {"style": "form"}, ADDRESS, {"p": {"city": "c", "geo": {"lat": "1", "lon": "2"}}},
            [("p", '{"city":"c","geo":{"lat":"1","lon":"2"}}')], LOST,
        ),
        ({"style": "fancy", "explode": False}, COLOUR, {"p": {"R": "1", "G": "2"}}, AS_JSON, LOST),
    ],
)  # fmt: skip
def test_objects_and_lists_in_a_form_go_as_their_encoding_says(
    how: Any, schema: Any, fields: Any, pairs: Any, said: str, tmp_path: Path
) -> None:
    text, found = on_the_wire(tmp_path, form(how, schema), {**fields, "n": "7"})
    assert found == [*pairs, ("n", "7")]
    assert (said in text) if said else "LOST" not in text and "FILL IN: several" not in text


def test_a_field_that_would_stand_twice_is_marked_and_none_is_lost(tmp_path: Path) -> None:
    """The object's own n beside the form's n: as the document says it, one of both would be gone."""
    schema = {"properties": {"n": TEXT, "m": TEXT}}
    text, found = on_the_wire(
        tmp_path, form({"style": "form"}, schema), {"p": {"n": "1", "m": "2"}, "n": "7"}
    )
    assert found == [("p", '{"n":"1","m":"2"}'), ("n", "7")]
    assert LOST in text


def test_an_example_of_the_whole_form_goes_the_same_way(tmp_path: Path) -> None:
    example = {"p": {"city": "长沙", "tags": ["a", "b"]}, "n": "7"}
    document = form({"style": "deepObject"}, {}, example=example)
    text, found = on_the_wire(tmp_path, document, {})
    assert found == [("p[city]", "长沙"), ("p[tags][0]", "a"), ("p[tags][1]", "b"), ("n", "7")]
    assert INDEXED.format("p[tags]") in text
    text, found = on_the_wire(tmp_path, form({"explode": False}, {}, example={"p": ["a", "b"]}), {})
    assert found == [("p", "a,b")]


def test_a_secret_within_stays_in_the_environment(tmp_path: Path) -> None:
    schema = {"properties": {"user": TEXT, "password": {**TEXT, "default": "geheim"}}}
    text, binding = described(tmp_path, form({"style": "deepObject"}, schema))
    assert binding.operations["a.post"].body == {
        "p[user]": "${p.user}", "p[password]": "${ENV:PASSWORD}", "n": "${n}",
    }  # fmt: skip
    assert "geheim" not in text


@pytest.mark.parametrize(
    ("how", "body", "said"),
    [
        ({}, "${ids}", "joined by ,"),
        ({"collectionFormat": "ssv"}, "${ids}", "joined by blanks"),
        ({"collectionFormat": "pipes"}, "${ids}", "joined by |"),
        ({"collectionFormat": "multi"}, ["${ids}"], ""),
        ({"collectionFormat": "tsv"}, ["${ids}"], "LOST: ids: an object or a list in a form"),
    ],
)
def test_lists_in_forms_of_swagger_2_are_joined_as_it_says(
    how: dict[str, str], body: Any, said: str, tmp_path: Path
) -> None:
    field = {"in": "formData", "name": "ids", "type": "array", "items": {"type": "string"}, **how}
    paths = {"/a": {"post": {"parameters": [field], "consumes": [FORM], "responses": OK}}}
    text, binding = described(tmp_path, {"swagger": "2.0", "info": {"title": "t"}, "paths": paths})
    assert binding.operations["a.post"].body == {"ids": body}
    assert (said in text) if said else "LOST" not in text and "joined" not in text


def test_a_list_of_objects_in_a_query_is_numbered(tmp_path: Path) -> None:
    how = {"in": "query", "name": "f", "required": True, "style": "deepObject"}
    schema = {"properties": {"rows": ROWS}}
    text, binding = described(tmp_path, operation({"parameters": [{**how, "schema": schema}]}))
    assert binding.operations["a.post"].query == {
        "f[rows][0][price]": "${f_rows_0_price}",
        "f[rows][0][tax][rate]": "${f_rows_0_tax_rate}",
    }
    assert INDEXED.format("f[rows]") in text and "LOST" not in text
    text, binding = described(tmp_path, operation({"parameters": [{**how, "schema": ROWS}]}))
    assert list(binding.operations["a.post"].query or ()) == ["f[0][price]", "f[0][tax][rate]"]


def test_an_object_of_any_fields_in_a_query_is_marked(tmp_path: Path) -> None:
    schema = {"type": "object", "additionalProperties": TEXT}
    how = {"in": "query", "name": "f", "required": True, "style": "deepObject", "schema": schema}
    text, binding = described(tmp_path, operation({"parameters": [how]}))
    assert binding.operations["a.post"].query == {"f": "${f}"}
    assert "LOST: parameter f is written in a way of its own (deepObject)" in text


def test_what_a_form_of_a_query_leaves_open_is_marked_still(tmp_path: Path) -> None:
    how = {"in": "query", "name": "f", "required": True, "style": "form", "schema": ADDRESS}
    text, binding = described(tmp_path, operation({"parameters": [how]}))
    assert binding.operations["a.post"].query == {"city": "${city}", "geo": "${geo}"}
    assert "LOST: parameter geo is written in a way of its own (form)" in text
