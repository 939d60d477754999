"""What a person gives `binding check`: rows for operators, and a target's bytes that command no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.checks.given import rows_of
from renhai.cli.app import run_cli
from renhai.core.errors import UsageError
from tests.answering import answering
from tests.retries import note_process

TARGET = """\
name: door
environment: test
url: http://127.0.0.1:PORT
success: any
operations:
  door.open: {method: GET, path: "/open?user=${DATA:accounts.user}&key=${DATA:accounts.password}", body: null}
"""
OPERATIONS = {"door.open": {"path": "/open?user=${DATA:accounts.user}"}}


def test_the_first_row_of_a_file_signs_in_and_its_secret_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note_process()
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []
    Path("accounts.csv").write_text("user,password\nann,S3same99\nbob,x\n")
    with answering(lambda asked: seen.append(asked.path)) as port:
        Path("door.yaml").write_text(TARGET.replace("PORT", str(port)))
        assert run_cli(["binding", "check", "door.yaml", "--data", "accounts=accounts.csv"]) == 0
    assert seen == ["/open?user=ann&key=S3same99"]
    told = capsys.readouterr().out
    assert "1 of 1 operation ok" in told
    assert "S3same99" not in told


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ([], r"door.yaml: operations.door.open holds \$\{DATA:accounts.user\}; .*--data accounts=FILE"),
        (["accounts"], "--data is accounts; write NAME=FILE"),
        (["=a.csv"], "write NAME=FILE"),
        (["a.b=a.csv"], "write NAME=FILE"),
        (["accounts=gone.csv"], "gone.csv.* cannot be read"),
        (["accounts=other.csv"], "the file's columns are name, key"),
        (["accounts=empty.csv"], "has a header and no row"),
    ],
)
def test_what_is_wrong_with_them_is_told(
    listed: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.csv").write_text("name,key\n1,2\n")
    Path("empty.csv").write_text("user\n")
    with pytest.raises(UsageError, match=said):
        rows_of(listed, OPERATIONS, "door.yaml")


def test_bytes_of_an_answer_command_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note_process()
    monkeypatch.chdir(tmp_path)
    body = "\x1b]0;owned\x07\x00plain\u202e".encode()
    with answering(lambda asked: None, body=body) as port:
        text = TARGET.replace("PORT", str(port)).replace("/open?user=${DATA:accounts.user}", "/open?user=1")
        Path("door.yaml").write_text(text.replace("&key=${DATA:accounts.password}", ""))
        run_cli(["binding", "check", "door.yaml"])
    told = capsys.readouterr().out
    assert "plain" in told
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(told)
