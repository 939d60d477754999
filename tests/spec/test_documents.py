"""Examples in the documentation are whole: what a page shows as a file loads."""

from __future__ import annotations

from pathlib import Path

from renhai.binding.loader import load_binding
from renhai.core import home


def blocks(page: str) -> list[str]:
    text = (home.find_home() / page).read_text(encoding="utf-8")
    return [part.partition("```")[0] for part in text.split("```yaml\n")[1:]]


def test_the_target_file_of_the_safety_page_loads(tmp_path: Path) -> None:
    path = tmp_path / "city-test.yaml"
    path.write_text(next(text for text in blocks("docs/safety.md") if text.startswith("name: city-test")))
    binding, _, _ = load_binding(str(path))
    assert binding.undo == {"declaration.submit": "declaration.void"}
    assert binding.hosts == ["tax-test.example"]
