"""What asks beside a load comes from where the load comes from: `sources:` of the target file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from renhai.binding.loader import load_binding, normalise
from renhai.checks.binding_trial import check_all
from renhai.checks.cleanup import Place, Removal, survey
from renhai.core.errors import PASS, UsageError
from tests.answering import answering
from tests.retries import note_process

TARGET = """\
name: shelf
environment: test
url: http://127.0.0.1:PORT
sources: [SOURCE]
success: any
undo: {item.save: item.void}
operations:
  item.save: {path: /save, receipt: [id]}
  item.void: {path: /void}
"""


@pytest.fixture
def asked() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server's port, and what it was asked: path, and the address that asked."""
    seen: list[tuple[str, str]] = []
    with answering(lambda asked: seen.append((asked.path, asked.client_address[0])), "HTTP/1.0") as port:
        yield port, seen


def written(folder: Path, port: int, source: str) -> Path:
    path = folder / "shelf.yaml"
    path.write_text(TARGET.replace("PORT", str(port)).replace("SOURCE", source), encoding="utf-8")
    return path


def test_binding_check_and_cleanup_come_from_the_sources(
    tmp_path: Path, asked: tuple[int, list[tuple[str, str]]]
) -> None:
    note_process()
    port, seen = asked
    path = written(tmp_path, port, "127.0.0.0/29")
    assert check_all(str(path), None, "{}", 1, lambda text: None) == PASS
    assert seen == [("/save", "127.0.0.1"), ("/void", "127.0.0.2")]  # a new connection each
    seen.clear()
    path = written(tmp_path, port, "127.7.7.7")
    assert check_all(str(path), None, "{}", 1, lambda text: None) == PASS
    assert seen == [("/save", "127.7.7.7"), ("/void", "127.7.7.7")]
    seen.clear()
    run = tmp_path / "run"
    (run / "receipts").mkdir(parents=True)
    receipt = {"operation": "item.save", "id": 7, "at": 1.0}
    (run / "receipts" / "w0.jsonl").write_text(json.dumps(receipt) + "\n")
    binding, _, _ = load_binding(str(path))
    place = Place(binding, f"http://127.0.0.1:{port}", normalise(binding, path), "shelf.yaml")
    place.remove(run, survey(run, place.undo))
    assert seen == [("/void", "127.7.7.7")]


def test_sources_of_another_machine_are_refused_before_anything_is_sent(
    tmp_path: Path, asked: tuple[int, list[tuple[str, str]]]
) -> None:
    port, seen = asked
    path = written(tmp_path, port, "203.0.113.9")
    with pytest.raises(UsageError, match=r"shelf\.yaml:4: sources is 203\.0\.113\.9; none of it is"):
        check_all(str(path), None, "{}", 1, lambda text: None)
    binding, _, _ = load_binding(str(path))
    place = Place(binding, f"http://127.0.0.1:{port}", normalise(binding, path), "shelf.yaml")
    with pytest.raises(UsageError, match=r"sources is 203\.0\.113\.9"):
        place.remove(tmp_path, Removal(left=[{"operation": "item.save", "id": 7, "at": 1.0}]))
    assert seen == []
