"""The head of report.html as an image for a message, drawn by a Chromium where there is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from renhai.core.errors import UsageError
from renhai.core.language import language, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
VARIABLE = "RENHAI_CHROMIUM"  # a browser of another name or place
WIDTH, SCALE = 900, 2  # CSS pixels, and pixels of the image for each
TIMEOUT_S = 60.0

# It draws one page of ours: no network, no profile that stays, no first-run pages.
FLAGS = [
    "--headless",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--virtual-time-budget=3000",
]


def browser() -> str | None:
    """The program, as RENHAI_CHROMIUM says or as it stands on PATH; None where there is none."""
    asked = os.environ.get(VARIABLE)
    return shutil.which(asked) if asked else next(filter(None, map(shutil.which, BROWSERS)), None)


def picture(directory: Path) -> Path:
    """Writes report.png beside report.html and returns its path, in the language of who asks.

    Raises UsageError where there is no page, no browser, or the browser draws nothing.
    """
    page, image = directory / "report.html", directory / "report.png"
    if not page.exists():
        raise UsageError(f"{page}: there is no page to draw; renhai report {directory} writes it")
    program = browser()
    if program is None:
        known = ", ".join(BROWSERS)
        raise UsageError(
            f"--png needs a Chromium, and none is here ({known}); install one, or name it in {VARIABLE}: "
            f"{page} holds the same"
        )
    address = f"{page.resolve().as_uri()}#lang={language()}&only=head"
    with tempfile.TemporaryDirectory(prefix="renhai-png-") as scratch:
        drawn = Path(scratch) / "head.png"
        height = _height(_asked(program, scratch, ["--dump-dom", f"--window-size={WIDTH},900"], address))
        shape = [f"--window-size={WIDTH},{height}", f"--force-device-scale-factor={SCALE}"]
        _asked(program, scratch, [*shape, f"--screenshot={drawn}"], address)
        if not drawn.exists():
            raise UsageError(f"{program} drew nothing of {page}; is it a Chromium?")
        shutil.copyfile(drawn, image)
    return image


def told_picture(directory: Path) -> None:
    """The same after a run, whose verdict is no worse for it: what is in the way is told."""
    from renhai.run.single import complain  # what a command that runs nothing need not wait for

    try:
        print(f"{say('picture')}{say(': ')}{picture(directory)}")
    except (UsageError, OSError) as error:
        complain(str(error))


def _asked(program: str, scratch: str, more: Sequence[str], address: str) -> str:
    command = [program, *FLAGS, f"--user-data-dir={scratch}/profile", "--host-resolver-rules=MAP * ~NOTFOUND"]
    if os.getuid() == 0:
        command.append("--no-sandbox")  # Chromium has no sandbox for root, and refuses to start with one
    try:
        done = subprocess.run(
            [*command, *more, address], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{program} does not draw: {error}") from None
    return done.stdout


def _height(document: str) -> int:
    """Of the head in CSS pixels, as the page itself says once it is laid out."""
    found = re.search(r'data-height="(\d+)"', document)
    return int(found[1]) if found else 900
