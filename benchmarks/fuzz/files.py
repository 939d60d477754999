"""Mutated target files, scenarios, bureaux, recordings and OpenAPI documents, by what reads them."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import yaml

from benchmarks.fuzz.answers import shortened
from benchmarks.fuzz.corpus import OURS, kinds
from benchmarks.fuzz.mutations import tree_changed
from renhai.cli import app as command_line

SHARES = {"target": 30, "scenario": 24, "bureau": 10, "har": 18, "openapi": 18}  # of a hundred files
LINES = (
    "&a [*a, *a]", "*a", "!!python/object/apply:os.system [true]", "!!binary x", "<<: *a", "? [a]: b", "---",
    "...", "\t- a", "- ", "a: b: c", "{", "[", "'", '"', "|", ">", "# ${", "${ENV:HOME}", "${nobody}",
    "${NEW:id}", "%", "\u2028", "\u202e", "\x07", "9" * 400, "1e999", "-.inf", ".nan", "0x1F", "08:00",
    "2026-13-45",
    "007", "~", "[" * 3000, "{a: " * 3000, "- " * 3000, "a" * 70_000, "!!set {a}", "!<tag:x> y", "\x00",
    "é" * 100,
)  # fmt: skip
LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))])
FILING = {"$ref": "#/components/schemas/Filing"}
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**18, 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"),
    "", " ", "0", "-1", "1e9s", "99999999h", "0s", "1/s", "1e300/s", "100000000/s", "0%", "1e999%", "*", "**",
    "${ENV:X}", "${", "a" * 5000, "长沙" * 50, "\ud800", "\x00", "..", "/", "//", "../../etc/passwd", "$.a",
    "[",    [], {}, [[]], [None], {"": ""}, {"a": {}}, ["x"] * 300, {"$ref": "#"}, FILING,
    {"$ref": "#/" + "a/" * 500}, {"$ref": 7}, {"allOf": [FILING] * 9},
    "p95 < 1us", "throughput >= 1e30/s", "error_rate < 1e-30%", "00:00-24:00", "24:00-00:00", "http://[::1",
    "x:y",    "http://a:99999", "http://\ud800", "?a=%ff&%", 1 << 4000,
)  # fmt: skip
TAME = (
    0,
    1,
    2,
    7,
    100,
    5000,
    "1s",
    "10s",
    "1h",
    "1/s",
    "300/s",
    "x",
    "declaration.file",
    "a.b",
    True,
    None,
    "09:00",
)
CODES = (0, 2)  # of a command that took a file, or refused it


def value(random: Random) -> Any:
    """What a node may be instead: an odd value, or one nested deeply or widely."""
    if random.random() < 0.04:
        deep: Any = "x"
        for _ in range(random.choice((30, 300, 3000))):
            deep = {"properties": {"a": deep}} if random.random() < 0.5 else [deep]
        return deep
    if random.random() < 0.02:
        return {"properties": {f"p{n}": FILING for n in range(30)}}
    return random.choice(SCALARS if random.random() < 0.6 else TAME)


def text_changed(random: Random, text: str) -> str:
    """A line or some characters of the text."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    what = random.randrange(9)
    if what == 0:
        lines[at : at + 1] = [lines[at], lines[at]]
    elif what == 1:
        del lines[at]
    elif what == 2:
        lines[at] = " " * random.randrange(5) + lines[at].lstrip()
    elif what == 3:
        lines[at] = re.sub(r": .*", lambda match: f": {random.choice(LINES)}", lines[at], count=1)
    elif what == 4:
        lines.insert(at, " " * random.choice((0, 2, 4)) + random.choice(LINES))
    elif what == 5:
        lines.insert(at, LAUGHS if random.random() < 0.3 else "x: &a [1]\ny: *a")
    elif what == 6:
        line, place = lines[at], random.randrange(len(lines[at]) + 1)
        lines[at] = line[:place] + random.choice(LINES) + line[place:]
    elif what == 7:
        line, place = lines[at], random.randrange(len(lines[at]) + 1)
        lines[at] = line[: max(0, place - 1)] + line[place:]
    else:
        lines = lines[:at]
    return "\n".join(lines)


def mutated(random: Random, kind: str, text: str) -> bytes:
    """One to three mutations of the text or of its tree; now and then of its bytes, or buried deeply."""
    drawn = random.random()
    if drawn < 0.03:
        deep = random.choice((2000, 50_000))
        opening = random.choice(("[", '{"log": ', '{"a":', "- ", "a:\n "))
        return (opening * deep).encode()
    if drawn < 0.55:
        with contextlib.suppress(ValueError, RecursionError, yaml.YAMLError):
            tree = json.loads(text) if kind in ("har", "openapi") else yaml.load(text, yaml.CSafeLoader)
            for _ in range(random.choice((1, 1, 2, 4))):
                tree = tree_changed(random, tree, value)
            return _written(random, kind, tree)
    for _ in range(random.choice((1, 1, 2, 3))):
        text = text_changed(random, text)
    data = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.1 and data:
        at = random.randrange(len(data))
        data = data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
    return data


def _written(random: Random, kind: str, tree: Any) -> bytes:
    if kind in ("har", "openapi") and random.random() < 0.8:
        return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    return yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False).encode(
        "utf-8", "surrogatepass"
    )


class Files:
    """The mutated files of a seed number, one by one."""

    name = "files"
    seconds = 10.0  # for one of them

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.kinds = kinds()
        self.outcomes: Counter[str] = Counter()
        self._order = [kind for kind, share in SHARES.items() for _ in range(share)]
        for kind, texts in self.kinds.items():  # which also imports what the first one else would wait for
            for text in texts:
                wrong, _ = wrong_with(kind, text.encode())
                if wrong:
                    raise AssertionError(f"a {kind} that nobody changed: {wrong}")

    def made(self, number: int) -> tuple[str, bytes]:
        random = Random(self.seed * 1_000_003 + number)
        kind = random.choice(self._order)
        return kind, mutated(random, kind, random.choice(self.kinds[kind]))

    def check(self, number: int) -> str:
        """What is wrong with how file `number` is read; "" for nothing."""
        kind, data = self.made(number)
        wrong, outcome = wrong_with(kind, data)
        self.outcomes[f"{kind} {outcome}"] += 1
        return wrong

    def smallest(self, number: int, wrong: str) -> tuple[str, bytes]:
        """(its kind, the shortest file found that goes wrong in the same way)."""
        kind, data = self.made(number)
        same = wrong.split(":")[0]
        return kind, shortened(data, lambda less: wrong_with(kind, less)[0].startswith(same), tries=60)


def wrong_with(kind: str, data: bytes) -> tuple[str, str]:
    """(what must not be: something raised, or a draft that grants something; whether it was taken)."""
    with tempfile.TemporaryDirectory(prefix="renhai-fuzz-") as place:
        folder = Path(place)
        command = _command(kind, folder, data)
        code, out, err = _said(command)
        wrong = _wrong(command, code, err)
        if not wrong and code == 0 and kind in ("har", "openapi"):
            wrong = _of_draft(folder, out)
    return wrong, "taken" if code == 0 else "refused"


def _command(kind: str, folder: Path, data: bytes) -> list[str]:
    file = folder / {"har": "x.har", "openapi": "x.json"}.get(kind, f"{kind}.yaml")
    file.write_bytes(data)
    if kind == "target":
        return ["check", "smoke", "--target", str(file)]
    if kind == "scenario":
        return ["check", str(file)]
    if kind == "bureau":
        (folder / "ours.yaml").write_text(OURS, encoding="utf-8")
        return ["check", str(folder / "ours.yaml")]
    return ["binding", "new", f"--from-{kind}", str(file)]


def _said(command: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = command_line.run_cli(command)
    return code, out.getvalue(), err.getvalue()


def _wrong(command: list[str], code: int, err: str) -> str:
    last = (err.strip().splitlines() or [""])[-1]
    if code not in CODES or "internal error" in err or "Traceback" in err:
        return f"exit {code} of renhai {' '.join(command[:2])}: {last}"[:300]
    if code == 2 and not last:
        return f"exit 2 of renhai {' '.join(command[:2])}: without a word"
    return ""


def _of_draft(folder: Path, text: str) -> str:
    """A draft grants nothing, and whatever it holds is read without a traceback."""
    if re.search(r"^(environment|url|hosts):", text, re.MULTILINE):
        return "a draft: names its environment, url or hosts"
    path = folder / "draft.yaml"
    granted = "environment: test\nurl: http://127.0.0.1:8400\n"
    path.write_text(text + granted, encoding="utf-8", errors="surrogatepass")
    command = ["check", "smoke", "--target", str(path)]
    code, _, err = _said(command)
    return _wrong(command, code, err)
