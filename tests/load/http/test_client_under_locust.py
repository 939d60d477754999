"""The client's tests once more in a process that is patched as Locust patches its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PATCHED = """
from gevent import monkey
monkey.patch_all()
import pytest, sys
sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
# Left out: what is slow and touches nothing that patching could change, and what blocks the loop on purpose.
LEFT_OUT = (
    "speaks_first or uvicorn or whatever or cut_at or idle_too_long or silence or local_ports or any_moment"
)


def test_all_holds_where_the_standard_library_is_patched() -> None:
    here = Path(__file__).parent
    files = [str(here / f"test_client{kind}.py") for kind in ("", "_failures", "_tls")]
    child = subprocess.run(
        [sys.executable, "-c", PATCHED, "-k", f"not ({LEFT_OUT})", *files],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=here.parents[2],
        env={**os.environ, "PATCHED_ON_PURPOSE": "1"},
    )
    assert child.returncode == 0, child.stdout[-4000:] + child.stderr[-2000:]
