"""The key of a run: made, read and refused; never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.core.join_key import VARIABLE, given_key, new_key, write_key
from renhai.core.process.child_process import child_environment


def test_a_new_key_is_one_and_another_each_time(tmp_path: Path) -> None:
    keys = {new_key() for _ in range(20)}
    assert len(keys) == 20
    for number, key in enumerate(keys):
        path = tmp_path / str(number)
        write_key(path, key)
        assert (given_key(path, {}), path.stat().st_mode & 0o777) == (key, 0o600)


def test_a_key_file_is_never_written_over(tmp_path: Path) -> None:
    write_key(tmp_path / "key", new_key())
    with pytest.raises(FileExistsError):
        write_key(tmp_path / "key", new_key())


def test_the_file_outranks_the_environment_and_neither_is_needed(tmp_path: Path) -> None:
    write_key(tmp_path / "key", one := new_key())
    other = new_key()
    assert given_key(tmp_path / "key", {VARIABLE: other}) == one
    assert given_key(None, {VARIABLE: f" {other.upper()}\n"}) == other
    assert given_key(None, {}) == given_key(None, {VARIABLE: ""}) == ""


@pytest.mark.parametrize(
    "text", ["secret", "g" * 64, "0" * 64, "01" * 32, new_key()[:-1], new_key() + "00", "密" * 64]
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(text, encoding="utf-8")
    for given in ({"file": tmp_path / "key", "environ": {}}, {"file": None, "environ": {VARIABLE: text}}):
        with pytest.raises(UsageError) as caught:
            given_key(**given)  # type: ignore[arg-type]
        assert text not in str(caught.value)
        assert "openssl rand -hex 32" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--key-file .*nowhere cannot be read: No such file"):
        given_key(tmp_path / "nowhere", {})


def test_no_child_has_the_key_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, new_key())
    assert VARIABLE not in child_environment()
