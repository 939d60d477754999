"""Every mistake in the newer parts of a target file: file, line, field, value, remedy."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from tests.binding.making import refusal

OPERATIONS = "operations:\n  a.b: {path: /a}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "operations:\n  a.b: {path: /a, format: xml, body: '<a>${b}'}\n",
            'city.yaml:5: operations."a.b".body is <a>${b}; is not XML: no element found',
        ),
        (
            "operations:\n  a.b: {path: /a, format: xml}\n",
            'city.yaml:5: operations."a.b" is document; an XML body must be a text with ${field} in it, or null',
        ),
        (
            "operations:\n  a.b: {path: /a, body: hello}\n",
            'city.yaml:5: operations."a.b".body is hello; must be `document`, null for no body, or a mapping',
        ),
        (
            "operations:\n  a.b: {path: /a, format: yaml}\n",
            'city.yaml:5: operations."a.b".format is yaml; must be one of json, form, xml, text',
        ),
        (
            "operations:\n  a.b: {path: /a, encoding: big5}\n",
            'city.yaml:5: operations."a.b".encoding is big5; must be one of utf-8, gbk',
        ),
        (
            "operations:\n  a.b: {path: '/a/${SAVED:toke}', captures: {token: t}}\n",
            'city.yaml:5: operations."a.b".path is ${SAVED:toke}; no operation captures toke; did you mean \'token\'?',
        ),
        (
            "operations:\n  a.b: {path: '/a/${TABLE:form:x}'}\ntables: {forms: {a: b}}\n",
            'city.yaml:5: operations."a.b".path is ${TABLE:form:x}; there is no table form under tables',
        ),
        (
            "operations:\n  a.b: {path: '/a/${VALUE:x}'}\n",
            'city.yaml:5: operations."a.b".path is ${VALUE:x}; this operation has no x under values; add it',
        ),
        (
            "operations:\n  a.b: {path: '/a/${VALUE:x}', values: {x: '1${VALUE:y}', y: '${VALUE:x}'}}\n",
            'city.yaml:5: operations."a.b".values.x is 1${VALUE:y}; ${VALUE:x} leads back to itself; write it out',
        ),
        (
            "operations:\n  a.b: {path: /a, body: {x: '${XML:y}'}}\n",
            'city.yaml:5: operations."a.b".body is ${XML:y}; is for bodies of format xml only; write ${field}',
        ),
        (
            "operations:\n  a.b: {path: /a, body: {x: '${NOPE:y}'}}\n",
            'city.yaml:5: operations."a.b".body holds ${NOPE:y}, which is none of ${field}',
        ),
        (
            "success: {format: xml, where: {'a[': x}}\n" + OPERATIONS,
            "city.yaml:4: success.where.\"a[\" is a[; is not a path into XML: it is cut short; write head/rtn_code or //pzxh",
        ),
        (
            "success: {where: {a/b: x}}\n" + OPERATIONS,
            "city.yaml:4: success.where.\"a/b\" is a/b; a path into JSON is written with dots, as in data.token",
        ),
        (
            "success: {format: text, where: {a: x}}\n" + OPERATIONS,
            "city.yaml:4: success.where is {\"a\": \"x\"}; a text has no paths; use contains and absent",
        ),
        (
            "success: {inside: [body]}\n" + OPERATIONS,
            "city.yaml:4: success.inside is [\"body\"]; is for format xml only; remove it",
        ),
        (
            "success: {format: xml, data: body}\n" + OPERATIONS,
            "city.yaml:4: success.data is body; XML needs a mapping of names to paths",
        ),
        (
            "auth: {basic: {user: a, password: '${ENV:P}'}, cookies: {}}\n" + OPERATIONS,
            "city.yaml:4: auth must be exactly one of basic, bearer, cookies, digest and oauth2; leave auth out for none",
        ),
        (
            "auth: {bearer: {login: a.c, token: data.token}}\n" + OPERATIONS,
            "city.yaml:4: auth.bearer.login is a.c; no such operation; did you mean 'a.b'?",
        ),
        (
            "auth: {bearer: {token: data.token}}\n" + OPERATIONS,
            "city.yaml:4: auth.bearer has neither a login nor a token of the form ${ENV:NAME}; give one of them",
        ),
        (
            "auth: {bearer: {login: a.b, token: data.token, lifetime: 30}}\n" + OPERATIONS,
            "city.yaml:4: auth.bearer.lifetime is 30; has no unit; write a duration with its unit",
        ),
        (
            "auth: {bearer: {login: a.b, token: data.token, header: X Y}}\n" + OPERATIONS,
            "city.yaml:4: auth.bearer.header is X Y; must be the name of a header, such as Authorization",
        ),
        (
            "success: {data: {a: {path: x, as: integer}}}\n" + OPERATIONS,
            "city.yaml:4: success.data.a.as is integer; must be one of text, number, bool",
        ),
        (
            "success: {data: {rows: {each: x}}}\n" + OPERATIONS,
            "city.yaml:4: success.data.rows.fields is missing; add it",
        ),
        (
            "ceiling: {rate: 300}\n" + OPERATIONS,
            "city.yaml:4: ceiling.rate is 300; has no unit; write a rate with its unit, such as 7/s",
        ),
        (
            "ceiling: {operators: 0}\n" + OPERATIONS,
            "city.yaml:4: ceiling.operators is 0; must be >= 1",
        ),
        (
            "undo: {a.b: a.c}\noperations:\n  a.b: {path: /a, receipt: [id]}\n",
            "city.yaml:4: undo.\"a.b\" is a.c; no such operation; did you mean 'a.b'?",
        ),
        (
            "undo: {a.b: a.b}\noperations:\n  a.b: {path: /a, receipt: [id]}\n",
            'city.yaml:4: undo."a.b" is a.b; cannot take itself back; name the operation that does',
        ),
        (
            "undo: {a.b: a.c}\noperations:\n  a.b: {path: /a}\n  a.c: {path: /c}\n",
            'city.yaml:4: undo."a.b" is a.c; a.b keeps no receipt to undo it by; add receipt: [FIELD, ...]',
        ),
        (
            "operations:\n  a.b: {path: /a, receipt: [at]}\n",
            'city.yaml:5: operations."a.b".receipt is ["at"]; has \'at\', which names no field',
        ),
        (
            "tls: {certificate: none.pem}\n" + OPERATIONS,
            "city.yaml:4: tls.certificate is none.pem; there is no such file; paths are relative to the target file",
        ),
        (
            "tls: {key: city.yaml}\n" + OPERATIONS,
            "city.yaml:4: tls has a key without a certificate; add the certificate that it belongs to",
        ),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_field_value_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    found = refusal(tmp_path, text)
    assert said in found
    assert len(found.splitlines()) == 1
