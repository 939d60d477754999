"""Parts of OpenAPI documents."""

from __future__ import annotations

from typing import Any

from tests.binding.drafting.making import operation

OK = {"200": {"description": "ok"}}
TEXT = {"type": "string"}


def body(schema: Any, **components: Any) -> dict[str, Any]:
    """A document whose only operation takes this JSON."""
    content = {"application/json": {"schema": schema}}
    return operation(
        {"requestBody": {"content": content}, "responses": OK}, components={"schemas": components}
    )


def ref(name: object) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/N{name}"}


def flows(**flow: Any) -> dict[str, Any]:
    scheme = {"type": "oauth2", "flows": flow}
    more = {
        "components": {"securitySchemes": {"city": scheme}},
        "servers": [{"url": "https://h.example/api"}],
    }
    return operation({"responses": OK}, **more)
