"""Templates of pages, compiled once: half a second of each run's end otherwise."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache


class BesideThem(BytecodeCache):
    """In __pycache__ beside the templates, as Python keeps its own; none where that cannot be written.

    Jinja itself looks whether what it finds was made of the same source.
    """

    def __init__(self, templates: Path) -> None:
        self._folder = templates / "__pycache__"

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            with self._file(bucket).open("rb") as file:
                bucket.load_bytecode(file)
        except Exception:  # whatever a damaged file is to pickle and marshal
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        made = self._file(bucket).with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            try:
                made.write_bytes(bucket.bytecode_to_string())
                made.replace(self._file(bucket))
            except OSError:
                made.unlink(missing_ok=True)

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}-{jinja2.__version__}.jinja"
