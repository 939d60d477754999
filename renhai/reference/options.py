"""The command line of the target."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import date
from typing import Any

from renhai.reference.eras.grades import DEFAULT_FINE_FEN, SWITCHES

DEFAULT_PORT = 8400
KEEP_ALIVE_S = 5
SESSION_S = 1800.0


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; must be 0 to 65535, 0 for any free one")
    return port


def _tolerance(text: str) -> int:
    try:
        yuan = float(text)
    except ValueError:
        yuan = -1.0
    if not 0 <= yuan <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of yuan from 0")
    return round(yuan * 100)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 10**7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date yyyy-mm-dd") from None


def _chinese() -> bool:
    """As RENHAI_LANG says, else the locale; the command line says so, too, which may not be imported here."""
    known = (os.environ.get(name, "") for name in ("RENHAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, known), "").lower().startswith("zh")


def _said(english: str, chinese: str) -> str:
    return chinese if _chinese() else english


class _Formatter(argparse.HelpFormatter):
    """Chinese characters are two columns wide, and lines break between any two of them."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, prefix or _said("usage: ", "用法："))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return super()._split_lines(text, width // 2 if _chinese() else width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return super()._fill_text(text, width // 2 if _chinese() else width, indent)


def parser() -> argparse.ArgumentParser:
    """The parser; errors end the process with exit code 2."""
    options = argparse.ArgumentParser(
        prog="renhai target",
        formatter_class=_Formatter,
        add_help=False,
        description=_said(
            "The reference tax system: HTTP and JSON on SQLite or PostgreSQL, with faults to plant.",
            "参考税务系统：HTTP 和 JSON，数据存于 SQLite 或 PostgreSQL，可植入故障。",
        ),
    )
    group = options.add_argument_group(_said("options", "选项"))
    group.add_argument("-h", "--help", action="help", help=_said("show this and exit", "显示本帮助后退出"))
    group.add_argument(
        "--host", default="127.0.0.1", help=_said("address to bind (127.0.0.1)", "监听地址（127.0.0.1）")
    )
    group.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help=_said("port, 0 for any free one (8400)", "端口，0 表示任一空闲端口（8400）"),
    )
    group.add_argument(
        "--database",
        default="",
        metavar="URL",
        help=_said(
            "sqlite:///FILE or postgresql://USER@HOST/NAME (a temporary SQLite file, removed at the end)",
            "sqlite:///FILE 或 postgresql://USER@HOST/NAME（缺省为临时 SQLite 文件，结束时删除）",
        ),
    )
    group.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="SPEC",
        help=_said("a fault to plant, such as errors=2%%; repeatable", "要植入的故障，如 errors=2%%；可重复"),
    )
    group.add_argument(
        "--seed",
        type=int,
        default=1,
        help=_said("seed of the faults' randomness (1)", "故障随机性的种子（1）"),
    )
    group.add_argument(
        "--tax-tolerance",
        type=_tolerance,
        default=1000,
        metavar="YUAN",
        help=_said(
            "how far tax on a form may be from sales x rate (10.00)",
            "表上税额与销售额×税率可相差多少（10.00）",
        ),
    )
    group.add_argument(
        "--date",
        type=_date,
        metavar="DATE",
        help=_said(
            "the day that it takes for today (by the clock, in China)", "当作今天的日期（缺省按中国时间）"
        ),
    )
    group.add_argument(
        "--late-fine",
        type=_tolerance,
        default=DEFAULT_FINE_FEN,
        metavar="YUAN",
        help=_said("fine for a return that is filed late (50.00)", "逾期申报的罚款（50.00）"),
    )
    group.add_argument(
        "--strict",
        action="store_true",
        help=_said(
            "every rule is on that can be switched: " + ", ".join(SWITCHES),
            "打开全部可开关的规则：" + ", ".join(SWITCHES),
        ),
    )
    group.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="NAME=on|off",
        help=_said(
            "switch a rule that rests on an unconfirmed fact; repeatable",
            "开关一条依据尚未证实的规则；可重复",
        ),
    )
    group.add_argument(
        "--session-seconds",
        type=_seconds,
        default=SESSION_S,
        metavar="S",
        help=_said("how long a sign-in at a desk holds (1800)", "一次前台登录的有效秒数（1800）"),
    )
    group.add_argument(
        "--keep-alive",
        type=int,
        default=KEEP_ALIVE_S,
        metavar="S",
        help=_said("close idle connections after S seconds (5)", "空闲连接在 S 秒后关闭（5）"),
    )
    group.add_argument(
        "--exit-with-parent",
        nargs="?",
        type=int,
        const=0,
        metavar="PID",
        help=_said(
            "end when the starting process has ended (PID: that one)", "启动它的进程（或 PID）结束时随之结束"
        ),
    )
    return options


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, or exit code 2 with one line that says what to write."""
    return parser().parse_args(arguments)
