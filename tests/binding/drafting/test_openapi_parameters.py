"""Parameters of OpenAPI documents whose schemas are put together out of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.drafting.from_openapi import draft_openapi
from tests.binding.drafting.making import described, of, operation
from tests.binding.drafting.openapi_parts import OK, TEXT, ref

NUMBER = {"type": "integer", "minimum": 7}
COMPONENTS = {
    "N1": {"allOf": [ref(2), {"properties": {"state": ref("State"), "page": ref(3)}}]},
    "N2": {"properties": {"payer": {"allOf": [ref("Id")]}, "seen": {"readOnly": True, **TEXT}}},
    "N3": {"properties": {"size": NUMBER, "at": {"oneOf": [ref("Id"), NUMBER]}}},
    "NId": {"type": "string", "example": "P1"},
    "NState": {"enum": ["open", "paid"]},
    "NIds": {"type": "array", "items": ref("Id")},
    "NColour": {"properties": {"R": ref("Part"), "G": ref("Part")}},
    "NPart": {"type": "integer", "example": 100},
    "NTree": {"properties": {"name": TEXT, "up": ref("Tree")}},
}


def drafted(folder: Path, parameter: Any, path: str = "/a", **more: Any) -> tuple[str, Any, dict[str, Any]]:
    """The draft's text, its operation, and the values that its journey begins with."""
    document = operation({}, components={"schemas": COMPONENTS}, **more)
    document["paths"] = {path: {"get": {"parameters": [{"required": True, **parameter}], "responses": OK}}}
    source = folder / "openapi.json"
    source.write_text(json.dumps(document))
    draft = draft_openapi(source)
    text, binding = of(folder, draft)
    (found,) = binding.operations.values()
    (steps,) = draft.journeys.values()
    return text, found, steps[0].fields


def test_an_object_of_a_query_is_put_together_field_by_field(tmp_path: Path) -> None:
    """allOf of references, fields that are references themselves: each with its own value to begin with."""
    text, found, values = drafted(
        tmp_path, {"in": "query", "name": "f", "style": "deepObject", "schema": ref(1)}
    )
    assert found.query == {
        "f[state]": "${f_state}", "f[page][size]": "${f_page_size}", "f[page][at]": "${f_page_at}",
        "f[payer]": "${f_payer}",
    }  # fmt: skip
    assert values == {"f_state": "open", "f_page_size": 7, "f_page_at": "P1", "f_payer": "P1"}
    assert "f.page.at: the first of 2 alternatives (oneOf) is taken" in text
    assert text.count("LOST:") == 1


def test_an_object_in_a_form_is_its_fields(tmp_path: Path) -> None:
    """What OpenAPI leaves open, an object within, is marked."""
    text, found, values = drafted(tmp_path, {"in": "query", "name": "f", "schema": ref(1)})
    assert found.query == {"state": "${state}", "page": "${page}", "payer": "${payer}"}
    assert values["state"] == "open"
    assert "LOST: parameter page is written in a way of its own (form)" in text


def test_lists_have_the_items_that_they_refer_to(tmp_path: Path) -> None:
    _, found, values = drafted(tmp_path, {"in": "query", "name": "ids", "schema": ref("Ids")})
    assert (found.query, values) == ({"ids": ["${ids}"]}, {"ids": "P1"})
    _, found, values = drafted(tmp_path, {"in": "query", "name": "ids", "schema": {"allOf": [ref("Ids")]}})
    assert (found.query, values) == ({"ids": ["${ids}"]}, {"ids": "P1"})


def test_a_schema_that_holds_itself_is_cut_and_marked(tmp_path: Path) -> None:
    how = {"in": "query", "name": "t", "style": "deepObject", "schema": ref("Tree")}
    text, found, _ = drafted(tmp_path, how)
    assert found.query == {"t[name]": "${t_name}"}
    assert "LOST: t.up: the schema NTree holds itself; cut here" in text


@pytest.mark.parametrize(("explode", "sent"), [(False, "R,$R,G,$G"), (True, "R=$R,G=$G")])
def test_an_object_in_a_header_goes_pair_by_pair(explode: bool, sent: str, tmp_path: Path) -> None:
    how = {"in": "header", "name": "X-Colour", "explode": explode, "schema": ref("Colour")}
    text, found, values = drafted(tmp_path, how)
    assert _with_names(found.headers["X-Colour"], values, "R", "G") == sent
    assert list(values.values()) == [100, 100]
    assert "LOST" not in text


def _with_names(text: str, values: dict[str, Any], *shown: str) -> str:
    for name, plain in zip(values, shown, strict=True):
        text = text.replace(f"${{{name}}}", f"${plain}")
    return text


def test_a_list_in_a_header_is_one_text(tmp_path: Path) -> None:
    text, found, values = drafted(tmp_path, {"in": "header", "name": "X-Ids", "schema": ref("Ids")})
    ((name, value),) = values.items()
    assert (found.headers, value) == ({"X-Ids": f"${{{name}}}"}, "P1")
    assert "several values of X-Ids go as one text, joined by ," in text


@pytest.mark.parametrize(
    ("style", "explode", "path"),
    [
        ("simple", False, "/a/R,$R,G,$G"), ("simple", True, "/a/R=$R,G=$G"),
        ("label", False, "/a/.R,$R,G,$G"), ("label", True, "/a/.R=$R.G=$G"),
        ("matrix", False, "/a/;c=R,$R,G,$G"), ("matrix", True, "/a/;R=$R;G=$G"),
    ],
)  # fmt: skip
def test_an_object_in_a_path_goes_as_its_style_says(
    style: str, explode: bool, path: str, tmp_path: Path
) -> None:
    """The rows of OpenAPI 3.1, "Style Examples"."""
    how = {"in": "path", "name": "c", "style": style, "explode": explode, "schema": ref("Colour")}
    text, found, values = drafted(tmp_path, how, "/a/{c}")
    assert _with_names(found.path, values, "R", "G") == path
    assert "LOST" not in text


@pytest.mark.parametrize(
    ("explode", "sent"),
    [(True, "R=${ENV:R}; G=${ENV:G}"), (False, "c=R,${ENV:C_R},G,${ENV:C_G}")],
)
def test_an_object_in_a_cookie_is_its_fields(explode: bool, sent: str, tmp_path: Path) -> None:
    how = {"in": "cookie", "name": "c", "explode": explode, "schema": ref("Colour")}
    assert drafted(tmp_path, how)[1].headers == {"Cookie": sent}


def test_a_parameter_that_is_json_begins_with_all_of_it(tmp_path: Path) -> None:
    how = {"in": "query", "name": "f", "content": {"application/json": {"schema": ref(1)}}}
    text, found, values = drafted(tmp_path, how)
    assert found.query == {"f": "${f}"}
    assert json.loads(values["f"]) == {"state": "open", "page": {"size": 7, "at": "P1"}, "payer": "P1"}
    assert "written in a way of its own (application/json)" in text


def test_an_example_of_the_whole_gives_its_fields_their_values(tmp_path: Path) -> None:
    how = {"in": "query", "name": "f", "style": "deepObject", "schema": ref(1)}
    given = {"state": "paid", "page": {"size": 40}}
    for said in ({"example": given}, {"examples": {"usual": {"value": given}}}):
        _, _, values = drafted(tmp_path, {**how, **said})
        assert values == {"f_state": "paid", "f_page_size": 40, "f_page_at": "P1", "f_payer": "P1"}


def test_a_secret_within_an_object_comes_from_the_environment(tmp_path: Path) -> None:
    schema = {"allOf": [{"properties": {"password": TEXT}}]}
    how = {"in": "query", "name": "f", "style": "deepObject", "schema": schema}
    assert drafted(tmp_path, how)[1].query == {"f[password]": "${ENV:F_PASSWORD}"}


def test_what_stands_in_a_file_beside_refers_to_its_own_neighbours(tmp_path: Path) -> None:
    (tmp_path / "parts.json").write_text(
        json.dumps(
            {
                "F": {"in": "query", "name": "f", "required": True, "style": "deepObject",
                      "schema": {"$ref": "#/S"}},
                "S": {"properties": {"who": {"$ref": "#/W"}}},
                "W": {"properties": {"id": {"$ref": "#/I"}}},
                "I": {"type": "string", "example": "W7"},
            }
        )
    )  # fmt: skip
    _, found, values = drafted(tmp_path, {"$ref": "parts.json#/F"})
    assert (found.query, values) == ({"f[who][id]": "${f_who_id}"}, {"f_who_id": "W7"})


def test_what_is_not_sent_is_not_told_as_lost(tmp_path: Path) -> None:
    how = {"in": "query", "name": "t", "required": False, "style": "deepObject", "schema": ref("Tree")}
    text, found, _ = drafted(tmp_path, how)
    assert found.query == {}
    assert "holds itself" not in text
    assert "optional parameters: t" in text


def test_a_missing_part_is_lost_and_the_rest_is_there(tmp_path: Path) -> None:
    schema = {"properties": {"a": ref("Nowhere"), "b": TEXT}}
    text, binding = described(
        tmp_path,
        operation(
            {
                "parameters": [
                    {"in": "query", "name": "f", "required": True, "style": "deepObject", "schema": schema}
                ]
            }
        ),
    )
    assert binding.operations["a.post"].query == {"f[a]": "${f_a}", "f[b]": "${f_b}"}
    assert "LOST: #/components/schemas/NNowhere is not in this document" in text
