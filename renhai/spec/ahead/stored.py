"""The file of declarations that were made ahead, which load processes map into memory.

    HEAD bytes      MAGIC, the run's mark, what is in it (JSON, one line), zeros
    20 × entries    offset and bytes of a declaration, bytes of what is simple in it, check sum of both: of
                    the n-th taxpayer's k-th period at n × periods + k; 0 bytes where none was made
    the rest        the declarations as JSON, in any order, each with what is simple in it behind it
                    (renhai.core.stored_document), so that who needs no more need not read the whole

A check sum begins with the number of its entry, so that a declaration stands for no other taxpayer and
period than its own. JSON has all that is in a declaration (numbers, text, lists, objects), orjson reads it
back as it was, to the type, and who sends it as JSON need not read it. The file lives as long as its run.
"""

from __future__ import annotations

import json
import mmap
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple, Protocol
from zlib import crc32

import numpy as np
import orjson

from renhai import __version__
from renhai.core.stored_document import StoredDocument, simple_of

MAGIC = b"renhai declarations made ahead 2\n"
HEAD = 4096
ENTRY = Struct("<QIII")  # offset, bytes, bytes of what is simple, check sum
ENTRIES = np.dtype([("at", "<u8"), ("bytes", "<u4"), ("simple", "<u4"), ("check", "<u4")])
NOTHING_ELSE = (
    orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
)  # is written: it would come back as text
HEADING = 100  # bytes at whose beginning a declaration says whose it is
READING = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

Document = dict[str, Any]
new = tuple.__new__


class Contents(NamedTuple):
    """Which declarations: `periods` of each taxpayer from number `first` on, as Population(seed, profile)
    counts them; scale: of those alone, None: of all."""

    seed: int
    profile: str
    first: int
    taxpayers: int
    periods: int
    scale: str | None

    @property
    def entries(self) -> int:
        return self.taxpayers * self.periods

    @property
    def begin(self) -> int:
        """Where the declarations stand: behind the index."""
        return HEAD + ENTRY.size * self.entries


class Asked(Protocol):
    """As renhai.plan.model.Ahead has it."""

    @property
    def periods(self) -> int: ...
    @property
    def scale(self) -> str | None: ...


class Wanted(Protocol):
    """As renhai.plan.model.Taxpayers has it."""

    @property
    def seed(self) -> int: ...
    @property
    def profile(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def taxpayers(self) -> int: ...


def contents_of(data: Wanted, ahead: Asked) -> Contents:
    """What is made ahead for these taxpayers."""
    return Contents(data.seed, data.profile, data.first, data.taxpayers, ahead.periods, ahead.scale)


class Unusable(Exception):
    """The run's own file is not what it was made as; the text says in what."""


class Damaged(Exception):
    """One declaration is not what it was made as."""


# Writing


class Made(NamedTuple):
    """A declaration as it is stored."""

    document: bytes
    simple: bytes


NONE = Made(b"", b"")


def packed(document: Document) -> Made:
    """Raises TypeError for what would come back as something else."""
    return Made(orjson.dumps(document, option=NOTHING_ELSE), simple_of(document))


def check_sum(made: Made, entry: int) -> int:
    document, simple = made
    return crc32(simple, crc32(document, entry & 0xFFFFFFFF) ^ len(document))


def index_of(made: Sequence[Made], entry: int, at: int) -> bytes:
    """The entries from number `entry` on of declarations that stand one behind the other from `at` on; NONE
    was not made."""
    index = bytearray(ENTRY.size * len(made))
    for place, one in enumerate(made):
        if one.document:
            sizes = len(one.document), len(one.simple)
            ENTRY.pack_into(index, place * ENTRY.size, at, *sizes, check_sum(one, entry + place))
            at += sum(sizes)
    return bytes(index)


def seal(descriptor: int, contents: Contents, mark: str) -> int:
    """Write the head of a file that is whole, and return how many declarations are in it. Raises OSError."""
    index = os.pread(descriptor, contents.begin - HEAD, HEAD)
    made = int(np.count_nonzero(np.frombuffer(index, ENTRIES)["bytes"]))
    known = {**_said(contents), "made": made, "size": os.fstat(descriptor).st_size, "index": crc32(index)}
    head = MAGIC + mark.encode() + b"\n" + json.dumps(known).encode() + b"\n"
    os.pwrite(descriptor, head.ljust(HEAD, b"\0"), 0)
    return made


def _said(contents: Contents) -> dict[str, Any]:
    return {"renhai": __version__, **contents._asdict()}


# Reading


class Stored:
    """A file that was checked."""

    def __init__(self, mapped: mmap.mmap, contents: Contents, made: int) -> None:
        self._map, self.made = mapped, made
        self._taxpayers, self._periods = contents.taxpayers, contents.periods

    def find(self, number: int, period: int) -> Made | None:
        """The declaration of the taxpayer `first` + number; None where it was not made. Raises Damaged."""
        if not (0 <= number < self._taxpayers and 0 <= period < self._periods):
            return None
        entry = number * self._periods + period
        at, size, more, check = ENTRY.unpack_from(self._map, HEAD + ENTRY.size * entry)
        if not size:
            return None
        end = at + size
        # a NamedTuple's own constructor is a Python function, and costs three times as much
        made = new(Made, (self._map[at:end], self._map[end : end + more]))
        if check_sum(made, entry) != check:
            raise Damaged
        return made

    def close(self) -> None:
        self._map.close()


def opened(place: Path, mark: str, contents: Contents) -> Stored | None:
    """The file at `place`, None where that is not to be read or is another one than this run's, as on another
    machine. Raises Unusable for this run's own that is cut off, damaged, or has other declarations in it."""
    mapped = _mapped(place, MAGIC + mark.encode() + b"\n")
    if mapped is None:
        return None
    try:
        return Stored(mapped, contents, _checked(mapped, mark, contents))
    except BaseException:
        mapped.close()
        raise


def _mapped(place: Path, begins: bytes) -> mmap.mmap | None:
    """Nothing but a regular file is opened: under this name may stand anything on another machine."""
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            return None
        descriptor = os.open(place, READING)
        try:
            if os.pread(descriptor, len(begins), 0) != begins:
                return None
            return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None


def _checked(mapped: mmap.mmap, mark: str, contents: Contents) -> int:
    """How many declarations there are. Raises Unusable."""
    try:
        known = json.loads(mapped[len(MAGIC) + len(mark) + 1 : HEAD].split(b"\n", 1)[0])
        made, size, check = (int(known.pop(name)) for name in ("made", "size", "index"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unusable("its head cannot be read") from None
    said = _said(contents)
    for name, value in said.items():
        if name not in known or known[name] != value:
            raise Unusable(f"its {name} is {known.get(name)!r:.100}, and the run's is {value!r:.100}")
    if size != len(mapped) or size < contents.begin:
        raise Unusable(f"it has {len(mapped):,} bytes of {size:,}")
    index = mapped[HEAD : contents.begin]
    if crc32(index) != check:
        raise Unusable("its index is not what it was made as")
    entries = np.frombuffer(index, ENTRIES)
    there = entries[entries["bytes"] > 0]
    ends = there["at"] + there["bytes"].astype("<u8") + there["simple"]
    if len(there) != made or (len(there) and (there["at"].min() < contents.begin or ends.max() > size)):
        raise Unusable("its index points to what is not there")
    return made


class Taken:
    """What one pool of taxpayers takes from the file; stored: None where there is none on this machine.

    taken, computed: how many declarations came from it, and how many did not. damaged: how many of these were
    in it, and were not what they were made as.
    """

    def __init__(self, stored: Stored | None) -> None:
        self._stored = stored
        self.taken = self.computed = self.damaged = 0

    def find(self, number: int, period: int, djxh: str) -> StoredDocument | None:
        """The declaration of the taxpayer `djxh`, who is the run's `number`-th; None: compute it."""
        stored = self._stored
        try:
            made = stored.find(number, period) if stored is not None else None
            if made is not None and made[0].find(b'"djxh":"%b"' % djxh.encode(), 0, HEADING) < 0:
                raise Damaged
        except Damaged:
            self.damaged += 1
            made = None
        if made is None:
            self.computed += 1
            return None
        self.taken += 1
        return StoredDocument(*made)

    def take(self) -> dict[str, int]:
        """The counts since the last call."""
        counts = {"taken": self.taken, "computed": self.computed, "damaged": self.damaged}
        self.taken = self.computed = self.damaged = 0
        return counts
