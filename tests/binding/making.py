"""Bindings out of a few lines of YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import CompiledBinding
from renhai.binding.loader import compile_binding, load_binding, normalise
from renhai.core.errors import UsageError

HEAD = "name: city\nenvironment: test\nurl: http://127.0.0.1:8400\n"


def plain(folder: Path, text: str) -> dict[str, Any]:
    """The normalised binding of HEAD and `text`, which need not state a rule of success."""
    path = folder / "city.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    binding, _, _ = load_binding(str(path), judged=False)
    return normalise(binding, path)


def binding(folder: Path, text: str, **environ: str) -> CompiledBinding:
    return compile_binding(plain(folder, text), environ)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        plain(folder, text)
    return str(caught.value).replace(str(folder) + "/", "")
