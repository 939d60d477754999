"""Declarations made ahead of the load: what is read is what is computed, or it is not used."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import SPACE, Population
from renhai.core.stored_document import simple_of
from renhai.spec.ahead import stored as module
from renhai.spec.ahead.making import AT_ONCE, Task, chunks, expected, make, people_of
from renhai.spec.ahead.stored import (
    ENTRY,
    HEAD,
    MAGIC,
    Contents,
    Damaged,
    Made,
    Stored,
    Unusable,
    check_sum,
    opened,
    packed,
    seal,
)  # fmt: skip

MARK = "5a" * 16
SMALL = Contents(seed=7, profile="gt3_2015", first=3, taxpayers=12, periods=3, scale=None)


def alike(one: Any, other: Any) -> bool:
    """Equal in value, in type down to the last leaf, and in the order of keys: 1 is not 1.0, 0.0 not -0.0."""
    return repr(orjson.loads(one) if isinstance(one, bytes) else dict(one)) == repr(other)


def made(place: Path, contents: Contents, parts: int = 1, mark: str = MARK) -> Path:
    """The file of these contents, made by so many processes, one after the other."""
    with place.open("wb") as file:
        file.truncate(contents.begin)
    for part in range(parts):
        make(Task(str(place), tuple(contents), part, parts), lambda declarations, taxpayers: None)
    descriptor = os.open(place, os.O_RDWR)
    try:
        seal(descriptor, contents, mark)
    finally:
        os.close(descriptor)
    return place


def read(place: Path, contents: Contents, mark: str = MARK) -> Stored:
    found = opened(place, mark, contents)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("ahead") / "small", SMALL)


# The same documents


@pytest.mark.parametrize(
    ("profile", "first", "periods"),
    [
        ("gt3_2015", 0, 30),
        ("current", 0, 30),
        ("gt3_2015", SPACE - 40, 3),
        ("2015-10-22", 0, 1),
        ("2018-07-16", 12_345, 1),
        ("2021-10-26", 5, 1),
        ("2026-07-15", 1_000_000, 1),
    ],
)
def test_every_one_is_what_is_computed_in_value_type_and_order(
    tmp_path: Path, profile: str, first: int, periods: int
) -> None:
    contents = Contents(20150911, profile, first, 40, periods, None)
    found = read(made(tmp_path / "made", contents, parts=3), contents)
    people = Population(contents.seed, profile)
    take = people.registered if profile[0].isdigit() else people.taxpayer
    scales = set()
    for n in range(contents.taxpayers):
        t = take(first + n)
        scales.add(t.scale)
        for k in range(periods):
            stored = found.find(n, k)
            assert stored is not None
            assert stored.document == orjson.dumps(declaration(t, k))
            assert alike(stored.document, declaration(t, k)), (n, k)
            assert stored.simple == simple_of(declaration(t, k))
    assert scales == {"general", "small"}
    assert found.made == contents.entries


def test_of_one_scale_the_others_are_not_made(tmp_path: Path) -> None:
    contents = SMALL._replace(taxpayers=60, scale="general")
    found = read(made(tmp_path / "made", contents, parts=2), contents)
    take = people_of(contents)
    general = [n for n in range(60) if take(contents.first + n).scale == "general"]
    there = [n for n in range(60) if found.find(n, 2) is not None]
    assert there == general
    assert found.made == 3 * len(general) > 0
    last = found.find(general[-1], 2)
    assert last is not None
    assert alike(last.document, declaration(take(contents.first + general[-1]), 2))


def test_parts_leave_nobody_out_and_take_nobody_twice() -> None:
    for taxpayers in (1, 2, 499, 500, 501, 5000):
        for periods in (1, 3, AT_ONCE, AT_ONCE + 1):
            contents = SMALL._replace(taxpayers=taxpayers, periods=periods)
            for parts in (1, 2, 3, 7):
                spans = [span for part in range(parts) for span in chunks(contents, part, parts)]
                numbers = sorted(n for first, count in spans for n in range(first, first + count))
                assert numbers == list(range(taxpayers))


def test_the_size_is_told_before(tmp_path: Path) -> None:
    for contents in (SMALL._replace(taxpayers=300), SMALL._replace(taxpayers=900, scale="general")):
        said = expected(contents)
        place = made(tmp_path / "made", contents)
        found = read(place, contents)
        assert said.declarations == pytest.approx(found.made, rel=0.35)
        assert said.bytes == pytest.approx(place.stat().st_size, rel=0.35)
    assert expected(SMALL).declarations == SMALL.entries


def test_what_would_come_back_as_something_else_is_not_stored() -> None:
    class Text(str):
        __slots__ = ()

    for value in (Text("a"), date(2015, 10, 22), Decimal(1), object(), 1 << 64, {1: "a"}):
        with pytest.raises(TypeError):
            packed({"djxh": value})


# Another file than the run's, or not what it was


def test_outside_of_what_was_made_there_is_nothing(file: Path) -> None:
    found = read(file, SMALL)
    for number, period in ((-1, 0), (0, -1), (12, 0), (0, 3), (11, 3), (10**9, 0)):
        assert found.find(number, period) is None
    assert found.find(11, 2) is not None


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 8},
        {"profile": "current"},
        {"first": 4},
        {"taxpayers": 11},
        {"periods": 2},
        {"taxpayers": 6, "periods": 6},
        {"scale": "general"},
    ],
)
def test_a_file_of_other_declarations_is_refused(file: Path, other: dict[str, Any]) -> None:
    name = next(iter(other))
    with pytest.raises(Unusable, match=f"its {name} is .*, and the run's is"):
        opened(file, MARK, SMALL._replace(**other))


def test_a_file_of_another_version_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "__version__", "0.1.9")
    with pytest.raises(Unusable, match=r"its renhai is '.*', and the run's is '0\.1\.9'"):
        opened(file, MARK, SMALL)


def test_a_file_of_another_run_is_not_this_runs(file: Path, tmp_path: Path) -> None:
    assert opened(file, "00" * 16, SMALL) is None
    assert opened(file, MARK[:-1] + "b", SMALL) is None
    assert opened(tmp_path / "nowhere", MARK, SMALL) is None
    (tmp_path / "empty").touch()
    assert opened(tmp_path / "empty", MARK, SMALL) is None
    (tmp_path / "text").write_text("renhai")
    assert opened(tmp_path / "text", MARK, SMALL) is None
    assert opened(tmp_path, MARK, SMALL) is None


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """On another machine a pipe may have the same name: who opens it would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    assert opened(tmp_path / "pipe", MARK, SMALL) is None
    assert opened(Path("/dev/zero"), MARK, SMALL) is None


def _cut(place: Path) -> None:
    os.truncate(place, place.stat().st_size - 1)


def _longer(place: Path) -> None:
    with place.open("ab") as file:
        file.write(b"\0")


def _only_the_index(place: Path) -> None:
    os.truncate(place, SMALL.begin)


def _half_an_index(place: Path) -> None:
    os.truncate(place, HEAD + 40)


def _head_without_end(place: Path) -> None:
    os.truncate(place, len(MAGIC) + len(MARK) + 30)


def _changed(at: int, data: bytes) -> Callable[[Path], None]:
    def act(place: Path) -> None:
        with place.open("r+b") as file:
            file.seek(at)
            file.write(data)

    return act


def _shifted(place: Path) -> None:
    """The index, by one entry: each declaration would be the one of the period after."""
    with place.open("r+b") as file:
        file.seek(HEAD)
        index = file.read(SMALL.begin - HEAD)
        file.seek(HEAD)
        file.write(index[ENTRY.size :] + index[: ENTRY.size])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "bytes of"),
        (_longer, "bytes of"),
        (_only_the_index, "bytes of"),
        (_half_an_index, "bytes of"),
        (_head_without_end, "head cannot be read"),
        (_changed(len(MAGIC) + len(MARK) + 1, b"[]\n"), "head cannot be read"),
        (_changed(len(MAGIC) + len(MARK) + 1, b"{}\n"), "head cannot be read"),
        (_changed(HEAD, b"\xff"), "index is not what it was"),
        (_changed(SMALL.begin - 1, b"\xfe"), "index is not what it was"),
        (_shifted, "index is not what it was"),
    ],
)
def test_the_runs_own_file_that_was_spoiled_is_refused(
    file: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    copy = shutil.copy(file, tmp_path / "copy")
    spoil(copy)
    with pytest.raises(Unusable, match=said):
        opened(copy, MARK, SMALL)


def resealed(place: Path, change: Callable[[bytearray], None]) -> Path:
    """A file whose index was changed by who knows to make its check sum anew."""
    data = bytearray(place.read_bytes())
    change(data)
    copy = place.with_name("resealed")
    copy.write_bytes(data)
    descriptor = os.open(copy, os.O_RDWR)
    try:
        seal(descriptor, SMALL, MARK)
    finally:
        os.close(descriptor)
    return copy


@pytest.mark.parametrize("at", [0, HEAD, 10**15])
def test_an_index_that_leads_elsewhere_is_refused(file: Path, at: int) -> None:
    def change(data: bytearray) -> None:
        ENTRY.pack_into(data, HEAD, at, 50, 50, 1)

    with pytest.raises(Unusable, match="points to what is not there"):
        opened(resealed(file, change), MARK, SMALL)


def test_a_declaration_in_another_ones_place_is_found_out(file: Path) -> None:
    """An index whose entries were exchanged, with a check sum that is right: the entries' own are not."""

    def change(data: bytearray) -> None:
        first, second = slice(HEAD, HEAD + ENTRY.size), slice(HEAD + ENTRY.size, HEAD + 2 * ENTRY.size)
        data[first], data[second] = data[second], data[first]

    found = read(resealed(file, change), SMALL)
    for period in (0, 1):
        with pytest.raises(Damaged):
            found.find(0, period)
    assert found.find(0, 2) is not None


@pytest.mark.parametrize("bit", [0, 7])
def test_a_bit_of_a_declaration_that_was_changed_is_found_out(file: Path, tmp_path: Path, bit: int) -> None:
    data = bytearray(file.read_bytes())
    at, size, simple, _ = ENTRY.unpack_from(data, HEAD + ENTRY.size * 4)  # taxpayer 1, period 1
    for place in range(at, at + size + simple, 37):
        data[place] ^= 1 << bit
        copy = tmp_path / "copy"
        copy.write_bytes(data)
        found = read(copy, SMALL)
        with pytest.raises(Damaged):
            found.find(1, 1)
        assert found.find(1, 0) is not None
        assert found.find(1, 2) is not None
        data[place] ^= 1 << bit


def test_sizes_that_were_changed_alone_are_found_out(file: Path) -> None:
    """Also where both are as many bytes as before."""
    for by in (1, -1, 40):

        def change(data: bytearray, by: int = by) -> None:
            at, size, simple, check = ENTRY.unpack_from(data, HEAD)
            ENTRY.pack_into(data, HEAD, at, size - by, simple + by, check)

        found = read(resealed(file, change), SMALL)
        with pytest.raises(Damaged):
            found.find(0, 0)


def test_check_sums_of_entries_differ() -> None:
    assert len({check_sum(Made(b"the", b"same"), entry) for entry in range(1000)}) == 1000


def test_the_head_says_what_is_in_it(file: Path) -> None:
    lines = file.read_bytes()[:HEAD].split(b"\n")
    assert (lines[0] + b"\n", lines[1]) == (MAGIC, MARK.encode())
    known = json.loads(lines[2])
    assert (known["made"], known["size"]) == (36, file.stat().st_size)
    assert {name: known[name] for name in SMALL._fields} == SMALL._asdict()
