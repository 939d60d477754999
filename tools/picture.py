"""Draw what `renhai report RUN` prints as an SVG: `python -m tools.picture RUN OUT.svg`."""

from __future__ import annotations

import argparse
import io
import re
from pathlib import Path

from rich.console import Console

from results.report.terminal.run import render_summary
from results.snapshot.run import load_run

FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main(run: str, out: str) -> None:
    console = Console(width=104, record=True, file=io.StringIO(), force_terminal=True)
    console.print(render_summary(load_run(Path(run))))
    svg = console.export_svg(title="renhai run smoke")
    Path(out).write_text(FONTS.sub("", svg), encoding="utf-8")  # the page asks no other host for a font


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="a run's snapshot: its directory")
    parser.add_argument("out", help="the picture to write (SVG)")
    main(**vars(parser.parse_args()))
