"""What a user's own file does that the bar on sockets does not see is told, once, with its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from renhai.load.user_file.connections import OTHER_CLIENT, OTHER_SERVER
from renhai.safety.escapes import KINDS
from renhai.spec.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
# As a load process does it: the watch begins, the file is imported, then somebody listens.
PROCESS = """
import json, sys
from pathlib import Path
from typing import get_args
from renhai.safety.escapes import listen, watch_for_escapes
allowed, place = json.loads(sys.argv[1]), Path(sys.argv[2])
watch_for_escapes(allowed)
space = {"__name__": "mine"}
exec(compile(place.read_text(), str(place), "exec"), space)
listen(lambda kind, where: print(json.dumps([kind, Path(where).name]), flush=True))
space.get("later", lambda: None)()
"""
AT_IMPORT = {
    "subprocess": "import subprocess\nsubprocess.run(['true'])\n",
    "os.system": "import os\nos.system('true')\n",
    "popen": "import os\nos.popen('true').read()\n",
    "posix_spawn": "import os\nos.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)\n",
    "fork": "import os\nif not os.fork():\n    os._exit(0)\n",
    "multiprocessing": (
        "import multiprocessing as m\np = m.get_context('fork').Process(target=int)\np.start()\np.join()\n"
    ),
    "gevent": "from gevent import monkey, subprocess\nsubprocess.run(['true'])\n",
    "pty": "import pty, os\nif pty.fork()[0] == 0:\n    os._exit(0)\n",
    "ctypes": "import ctypes\nctypes.CDLL(None).connect\n",
    "ctypes by name": "import ctypes\nctypes.CDLL('libc.so.6')['sendto']\n",
    "ctypes getattr": "import ctypes\ngetattr(ctypes.CDLL(None), 'sys' + 'tem')\n",
    "interpreter": "import _xxsubinterpreters as x\nx.create()\n",
}
KIND = {
    "os.system": "subprocess", "popen": "subprocess", "posix_spawn": "subprocess", "multiprocessing": "fork",
    "pty": "fork", "gevent": "subprocess", "ctypes by name": "ctypes", "ctypes getattr": "ctypes",
}  # fmt: skip


def told(folder: Path, source: str, *allowed: str) -> list[list[str]]:
    (folder / "mine.py").write_text(source)
    line = [sys.executable, "-c", PROCESS, json.dumps(allowed), str(folder / "mine.py")]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=60, check=True)
    return [json.loads(row) for row in done.stdout.splitlines()]


@pytest.mark.parametrize("way", AT_IMPORT)
def test_a_way_out_is_told_with_its_place(way: str, tmp_path: Path) -> None:
    if way == "interpreter" and sys.version_info >= (3, 13):
        pytest.skip("the module has another name there")
    found = told(tmp_path, AT_IMPORT[way])
    kind = KIND.get(way, way)
    assert kind in {row[0] for row in found}
    assert all(place.startswith("mine.py:") for _, place in found)
    assert told(tmp_path, AT_IMPORT[way], *KINDS) == []
    assert kind not in {row[0] for row in told(tmp_path, AT_IMPORT[way], kind)}


@pytest.mark.parametrize("way", ["subprocess", "ctypes"])
def test_later_and_in_a_thread_too(way: str, tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in AT_IMPORT[way].splitlines())
    later = "def later():\n    t = threading.Thread(target=act)\n    t.start()\n    t.join()\n"
    source = f"import threading\ndef act():\n{body}{later}"
    assert {row[0] for row in told(tmp_path, source)} == {way}


def test_each_place_is_told_once(tmp_path: Path) -> None:
    source = "import os\nfor _ in range(5):\n    os.system('true')\nos.system('true')\n"
    assert told(tmp_path, source) == [["subprocess", "mine.py:3"], ["subprocess", "mine.py:4"]]


@pytest.mark.parametrize(
    "source",
    [
        "import ctypes\nctypes.CDLL(None).getpid()\n",
        "import socket\nsocket.socket().close()\n",
        "import json, csv, random, http.client, ssl, requests\n",  # what packages do at import is listed only
    ],
)
def test_nothing_else_is_told(source: str, tmp_path: Path) -> None:
    assert told(tmp_path, source) == []


def test_a_module_beside_the_file_is_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "helper_of_mine.py").write_text("import os\nos.system('true')\n")
    assert told(tmp_path, "import helper_of_mine\n") == [["subprocess", "helper_of_mine.py:2"]]


def test_a_scenario_allows_each_kind_by_its_name() -> None:
    (names,) = get_args(Scenario.model_fields["allow"].annotation)
    assert get_args(names) == (*KINDS, OTHER_CLIENT, OTHER_SERVER)
