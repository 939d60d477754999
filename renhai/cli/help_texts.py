"""Help of commands in English and in Chinese; RENHAI_LANG or the locale decides once which is said."""

from __future__ import annotations

from renhai.core.language import language

HELP: dict[str, tuple[str, str]] = {
    "binding": ("Target files: try one out, or draft one.", "目标文件：试用，或起草。"),
    "binding.check": (
        """Send one request for each operation: what was sent, what came, how it was judged.

        Exits 0 when every answer was ok, 1 when not, 3 when nothing answers.

        \b
        renhai binding check ./city.yaml --target http://127.0.0.1:8400
        renhai binding check golden_tax_esb
        renhai binding check ./shop.yaml --fields '{"isbn": "4711"}'
        """,
        """每个操作发一个请求：发了什么，收到什么，怎样判定。

        全部应答正常退出码为 0，否则为 1，无人应答为 3。

        \b
        renhai binding check ./city.yaml --target http://127.0.0.1:8400
        renhai binding check golden_tax_esb
        renhai binding check ./shop.yaml --fields '{"isbn": "4711"}'
        """,
    ),
    "binding.check.file": ("A target file, or a shipped target's name.", "目标文件，或自带目标的名称。"),
    "binding.check.target": ("Else the file's own url.", "缺省为文件里的 url。"),
    "binding.check.fields": (
        "Fields for operations that are no tax business.",
        "非税务操作所需的字段。",
    ),
    "binding.check.seed": ("Another taxpayer.", "换一个纳税人。"),
    "binding.new": (
        """Draft a target file; what it cannot know is marked FILL IN, what it cannot say LOST.

        \b
        renhai binding new --from-openapi openapi.json --out city.yaml
        renhai binding new --from-har recording.har
        """,
        """起草目标文件；它无从知道的标 FILL IN，写不出的标 LOST。

        \b
        renhai binding new --from-openapi openapi.json --out city.yaml
        renhai binding new --from-har recording.har
        """,
    ),
    "binding.new.openapi": ("An OpenAPI 3 or Swagger 2 document.", "OpenAPI 3 或 Swagger 2 文档。"),
    "binding.new.har": ("A recording of a browser.", "浏览器的录制文件。"),
    "binding.new.wsdl": ("A WSDL 1.1 file.", "WSDL 1.1 文件。"),
    "binding.new.postman": ("A Postman collection.", "Postman 集合。"),
    "binding.new.origin": (
        "Of a recording: whose requests; else those asked most.",
        "录制里取哪个地址的请求；缺省取请求最多的。",
    ),
    "binding.new.out": (
        "Else standard output. A scenario is written beside it.",
        "缺省为标准输出；旁边另写一个场景文件。",
    ),
}


def said(code: str) -> str:
    """The help text of a command or option, in the person's language."""
    return HELP[code][language() == "zh"]
