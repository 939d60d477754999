"""Users' own Locust files that are broken, or do what nobody sees; and odd ones that are as they should be.

The rows of tests/e2e/test_own_locustfile.py, and those that end their process, get stuck, or leave the way.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.liars.case import FOUND_OUT, PASS, Attempt, Case, attempted
from tests.e2e.own_broken import BROKEN
from tests.e2e.own_file import Case as OwnFile
from tests.e2e.own_file import run_case
from tests.e2e.own_odd import ODD
from tests.e2e.own_parts import GOOD, LAX, each, method
from tests.e2e.test_end_of_load import ITEMS, STUBBORN

OK = 'self.client.get("/ok")'
SENT_40 = "len(N) > 40"
MANY = """
import itertools
C = itertools.count()
class U(FastHttpUser):
    wait_time = constant(0.001)
    @task
    def t(self):
        self.client.get("/ok", name=f"/filing/{next(C)}")
"""


def later(*lines: str) -> str:
    """A task that does this once some requests have gone well."""
    return "N = []\n" + method(OK, "N.append(1)", f"if {SENT_40}:", *(f"    {line}" for line in lines))


ENDS = {
    "a task ends the process": later("import os; os._exit(0)"),
    "a task kills the process": later("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    "a task asks the process to end": later("import os, signal; os.kill(os.getpid(), signal.SIGTERM)"),
    "a task calls sys.exit(0)": later("import sys; sys.exit(0)"),
    "a task never gives way": later("end = time.monotonic() + 4", "while time.monotonic() < end: pass"),
    "the file cannot be imported": GOOD + "\nraise ImportError('no such driver')\n",
    "the file ends the process at its import": GOOD + "\nimport os\nos._exit(0)\n",
    "the file calls sys.exit(0) at its import": GOOD + "\nimport sys\nsys.exit(0)\n",
    "the file is no Python": GOOD + "\nclass (:\n",
    "the file has no user": "import math\n",
    "its users are abstract": GOOD.replace("wait_time", "abstract = True\n    wait_time"),
    "its users have nothing to do": "\nclass U(HttpUser):\n    wait_time = constant(0.1)\n",
    "the pause raises": GOOD.replace("constant(0.1)", "lambda self: 1 / 0"),
    "on_start never ends": each("on_start", "gevent.sleep(100)"),
    "one request, and sleep": method(OK, "gevent.sleep(100)"),
    "it forgets its failures": method(
        'self.client.get("/no")',
        "self.environment.stats.reset_all()",
        "self.environment.stats.errors.clear()",
    ),
    "a negative time": later(
        "self.environment.events.request.fire(request_type='x', name='y', response_time=-5.0,"
        " response_length=0, exception=None)"
    ),
    "a time without end": later(
        "self.environment.events.request.fire(request_type='x', name='y', response_time=float('inf'),"
        " response_length=0, exception=None)"
    ),
    "it asks another host": later("import urllib.request; urllib.request.urlopen('http://198.51.100.7/')"),
    "it asks by a child process": later("import subprocess; subprocess.run(['true'])"),
    "it asks by the shell": later("import os; os.system('true')"),
    "it forks": later("import os", "if os.fork() == 0: os._exit(0)"),
    "every answer is an error, and it says success": method('self.client.get("/no")', "return True"),
}
FINE = {
    "eighteen thousand names": OwnFile(MANY, 0, thresholds=LAX),
    "it swallows its end": OwnFile(STUBBORN, 0, thresholds={"run": ["p95 < 4s", "throughput >= 0.1/s"]}),
    "tasks longer than the load": OwnFile(
        ITEMS.format(base="HttpUser"), 0, thresholds={"run": ["p95 < 4s", "throughput >= 0.1/s"]}
    ),
}


def file_cases() -> list[Case]:
    """A run of each file."""
    ends = {name: OwnFile(file, 1, stages=[{"hold": "3s"}]) for name, file in ENDS.items()}
    refused = (*FOUND_OUT, "refused")
    return [
        *(_case(name, "broken file", file, refused if name in ENDS else FOUND_OUT)
          for name, file in {**BROKEN, **ends}.items()),
        *(_case(name, "odd file", file, PASS) for name, file in {**ODD, **FINE}.items()),
    ]  # fmt: skip


def _case(name: str, kind: str, file: OwnFile, ends: tuple[str, ...]) -> Case:
    def attempt(folder: Path) -> Attempt:
        done = run_case(file, folder)
        return attempted(done.code, done.stdout + done.stderr, folder / "runs")

    return Case(f"file: {name}", kind, attempt, ends)
