"""`--deadline` is a time of China, where the journal's days are, on a machine of whichever zone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from renhai.cli.commands.checks.replay import moment
from renhai.core.errors import UsageError


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"], autouse=True)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def test_a_deadline_is_china_s_time_unless_it_names_a_zone() -> None:
    china = timezone(timedelta(hours=8))
    told = datetime.fromtimestamp(moment("18:30") / 1000, china)
    assert (told.hour, told.minute, told.second) == (18, 30, 0)
    assert (moment("24:00") + 1 - moment("00:00")) % 86_400_000 == 0
    assert moment("2015-09-11T18:30") == moment("2015-09-11T18:30+08:00") == 1_441_967_400_000
    assert moment("2015-09-11T10:30Z") == 1_441_967_400_000


@pytest.mark.parametrize("text", ["25:00", "6 pm", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time; write 24:00"):
        moment(text)
