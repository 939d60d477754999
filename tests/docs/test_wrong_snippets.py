"""The tests of the documents can fail: snippets with a mistake each, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from tests.docs import commands
from tests.docs.markdown import ROOT, Block, blocks, indented
from tests.docs.test_snippets import check

README = next(block.text for block in blocks(ROOT / "README.md") if block.kind == "scenario")
TARGET = next(block.text for block in blocks(ROOT / "docs" / "safety.md") if block.kind == "target")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("renhai rn smoke", "rn"),
        ("renhai run smoke --rat 50/s", "--rat"),
        ("renhai run smoke --rate 50", "50"),
        ("renhai run", "SCENARIO"),
        ("renhai run smoke declaration_open", "declaration_open"),
        ("renhai run smok", "no scenario smok"),
        ("renhai check smoke --target referense", "no target referense"),
        ("renhai generate vat-declaratoin --count 10", "no kind"),
        ("renhai generate vat-declaration", "--count"),
        ("renhai run smoke --set load.bureau.pace", "no assignment"),
        ("renhai baseline", "needs a command"),
        ("renhai frob --help", "frob"),
        ("make smoek", "no target smoek"),
        ("python -m benchmarks truht", "no benchmark truht"),
        ("python -m renhai.runner", "no module renhai.runner"),
        ("locust -f locustfiles/filing.py", "does not exist"),
        ("podman build -f deploy/Dockerfile -t renhai .", "does not exist"),
        ("pipx install './renhai-0.2.0-py3-none-any.whl[postgre]'", "no extra postgre"),
        ("ok && renhai run smoke", "ok is no program"),
        ("make smoke | tee log", "tee is no program"),
        ("renhai run 'smoke", "quot"),
    ],
)
def test_a_wrong_line_is_told(line: str, said: str) -> None:
    found = commands.mistakes(line)
    assert found and said in " ".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'renhai run $SCENARIO $LOAD --target "$TARGET"',
        "A=1 renhai doctor # fit?",
        "git pull && make setup",
        "renhai target &",
    ],
)
def test_a_right_line_is_not(line: str) -> None:
    assert commands.mistakes(line) == []


@pytest.mark.parametrize(
    ("language", "kind", "text"),
    [
        ("", "", "renhai run smoke\n"),
        ("bash", "", "renhai run smoke\n"),
        ("text", "", "a picture\n"),
        ("sh", "", "# nothing but a comment\n"),
        ("sh", "", "renhai run smoke\nrenhai run smok\n"),
        ("yaml", "", README),  # does not say what it is
        ("yaml", "scenary", README),
        ("yaml", "scenario", README.replace("thresholds:", "treshholds:")),
        ("yaml", "scenario", README.replace("declaration-desk", "declaration-desc")),
        ("yaml", "scenario", README.replace(">= 4/s", ">= 7/s")),  # a perfect target makes 5.8/s on average
        ("yaml", "scenario-part=capacity", "search: {}\n"),
        ("yaml", "scenario-part=lending", "journeys: {shelf.lend: [{send: shelf.ad}]}\n"),
        ("yaml", "target", TARGET.replace("  declaration.void: {path: /void}\n", "")),  # what undo names
        ("yaml", "target", TARGET.replace(', where: {code: "0"}', "")),
        ("yaml", "target", TARGET.replace("environment: test", "environment: tset")),
        ("yaml", "target-part", "auth: {bearer: {login: sesion.open, token: data.token, lifetime: 30m}}\n"),
        ("yaml", "bureau", "units: []\n"),
        ("yaml", "prometheus", "scrape_configs: []\n"),
        ("yaml", "ci", "jobs: {}\n"),
        ("json", "", "{'a': 1}\n"),
        ("python", "", "from renhai import JourneyUsr\n"),
        ("promql", "", "renhai_request_total > 1\n"),
        ("groovy", "", "pipeline { agent any\n"),
    ],
)
def test_a_wrong_block_fails(language: str, kind: str, text: str, tmp_path: Path) -> None:
    assert kind in ("", "scenary") or text not in (README, TARGET)
    with pytest.raises((AssertionError, UsageError, ValueError, ImportError)):
        check(Block("docs/page.md:1", language, kind, text), tmp_path)


def test_the_right_ones_pass(tmp_path: Path) -> None:
    check(Block("docs/page.md:1", "yaml", "scenario", README), tmp_path)
    check(Block("docs/page.md:1", "yaml", "target", TARGET), tmp_path)


def test_blocks_are_found_with_place_language_and_kind(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A page\n\n```yaml scenario\na: 1\n```\n\n- item\n  ```sh\n  make smoke\n  ```\n")
    first, second = blocks(page)
    assert first == Block("page.md:3", "yaml", "scenario", "a: 1\n")
    assert (second.place, second.language, second.text.strip()) == ("page.md:8", "sh", "make smoke")
    page.write_text("A page\n\n    renhai run smok\n")
    assert indented(page) == ["renhai run smok"]
