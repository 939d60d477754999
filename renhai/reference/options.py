"""The command line of the target."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from renhai.reference.clock import offset
from renhai.reference.eras.grades import DEFAULT_FINE_FEN, SWITCHES
from renhai.reference.faults.spec import KINDS

DEFAULT_PORT = 8400
SYSTEMS = ("gt3", "ctais")
KEEP_ALIVE_S = 5
SESSION_S = 1800.0


def _wrong(english: str, chinese: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(_said(english, chinese))


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise _wrong(
            f"{text!r} is not a port; must be 0 to 65535, 0 for any free one",
            f"{text!r} 不是端口；须为 0 到 65535，0 表示任一空闲端口",
        )
    return port


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _wrong(f"{text!r} is not a whole number", f"{text!r} 不是整数") from None


def _tolerance(text: str) -> int:
    try:
        yuan = float(text)
    except ValueError:
        yuan = -1.0
    if not 0 <= yuan <= 10**9:
        raise _wrong(f"{text!r} is not an amount of yuan from 0", f"{text!r} 不是 0 元以上的金额")
    return round(yuan * 100)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 10**7:
        raise _wrong(f"{text!r} is not a number of seconds above 0", f"{text!r} 不是大于 0 的秒数")
    return seconds


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(f"{text!r} is not a date yyyy-mm-dd", f"{text!r} 不是 yyyy-mm-dd 形式的日期") from None


def _clock(text: str) -> int:
    try:
        return offset(text)
    except ValueError:
        raise _wrong(
            f"{text!r} is no offset such as +2d or -90m", f"{text!r} 不是 +2d、-90m 这样的偏移"
        ) from None


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


CHINESE = (  # what argparse says, with its own words in the order of the groups
    (r"argument (?P<option>\S+): expected one argument", "选项 {option}：须给出一个值"),
    (r"argument (?P<option>\S+): expected at most one argument", "选项 {option}：最多一个值"),
    (
        r"argument (?P<option>\S+): ignored explicit argument (?P<value>.+)",
        "选项 {option}：不带值，却给了 {value}",
    ),
    (
        r"argument (?P<option>\S+): not allowed with argument (?P<value>.+)",
        "选项 {option}：不能与 {value} 并用",
    ),
    (r"argument (?P<option>\S+): (?P<why>.+)", "选项 {option}：{why}"),
    (r"unrecognized arguments: (?P<value>.+)", "无法识别的参数：{value}"),
    (r"ambiguous option: (?P<option>\S+) could match (?P<value>.+)", "选项 {option} 不明确，可指：{value}"),
)


class _Parser(argparse.ArgumentParser):
    """One whose mistakes are told in the reader's language, also that nobody can read its help."""

    def _print_message(self, message: str, file: Any = None) -> None:
        try:
            print(message, end="", file=file or sys.stderr, flush=True)
        except BrokenPipeError:
            pass  # the reader has left
        except OSError as error:
            why = error.strerror
            said = _said(f"standard output cannot be written: {why}", f"标准输出无法写入：{why}")
            self.exit(2, f"{self.prog}: {said}\n")

    def error(self, message: str) -> NoReturn:
        if not _chinese():
            super().error(message)
        told = next(
            (
                text.format(**found.groupdict())
                for pattern, text in CHINESE
                if (found := re.fullmatch(pattern, message))
            ),
            message,
        )
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}：错误：{told}\n")


class _Option(NamedTuple):
    """One option: its name, what it does in both languages, and what argparse is told besides."""

    name: str
    english: str
    chinese: str
    told: dict[str, Any]


# One of each kind; argparse puts values in at a %.
FAULTS = ", ".join(text.split(" or ")[0].split(", ")[0] for text in KINDS.values()).replace("%", "%%")
OPTIONS = (
    _Option("--host", "address to bind (127.0.0.1)", "监听地址（127.0.0.1）", {"default": "127.0.0.1"}),
    _Option(
        "--port",
        "port, 0 for any free one (8400)",
        "端口，0 表示任一空闲端口（8400）",
        {"type": _port, "default": DEFAULT_PORT},
    ),
    _Option(
        "--database",
        "sqlite:///FILE or postgresql://USER@HOST/NAME (a temporary SQLite file, removed at the end)",
        "sqlite:///FILE 或 postgresql://USER@HOST/NAME（缺省为临时 SQLite 文件，结束时删除）",
        {"default": "", "metavar": "URL"},
    ),
    _Option(
        "--dataset",
        "begin with what `renhai generate dataset` wrote, in a new SQLite database",
        "以 `renhai generate dataset` 写出的数据初始化，须为新的 SQLite 数据库",
        {"type": Path, "metavar": "DIR"},
    ),
    _Option(
        "--fault",
        f"a fault to plant, repeatable: {FAULTS}",
        f"要植入的故障，可重复：{FAULTS}",
        {"action": "append", "default": [], "metavar": "SPEC"},
    ),
    _Option(
        "--system",
        "which system it is: gt3, or ctais with its own pages in GBK, ids and codes (gt3)",
        "是哪个系统：gt3，或 ctais（自有 GBK 页面、编号与代码）（gt3）",
        {"choices": SYSTEMS, "default": SYSTEMS[0]},
    ),
    _Option(
        "--defects",
        "answers that are wrong for some taxpayers, as this YAML file lists them",
        "对部分纳税人答复有误，由该 YAML 文件列出",
        {"default": "", "metavar": "FILE"},
    ),
    _Option(
        "--seed",
        "seed of the faults' randomness (1)",
        "故障随机性的种子（1）",
        {"type": _number, "default": 1},
    ),
    _Option(
        "--tax-tolerance",
        "how far tax on a form may be from sales x rate (10.00)",
        "表上税额与销售额×税率可相差多少（10.00）",
        {"type": _tolerance, "default": 1000, "metavar": "YUAN"},
    ),
    _Option(
        "--date",
        "the day that it takes for today (by the clock, in China)",
        "当作今天的日期（缺省按中国时间）",
        {"type": _date, "metavar": "DATE"},
    ),
    _Option(
        "--clock",
        "its clock is so much ahead or behind: =+2d, =-90m (as the machine's)",
        "它的时钟快或慢多少：=+2d、=-90m（缺省与本机一致）",
        {"type": _clock, "default": 0, "metavar": "OFFSET"},
    ),
    _Option(
        "--late-fine",
        "fine for a return that is filed late (50.00)",
        "逾期申报的罚款（50.00）",
        {"type": _tolerance, "default": DEFAULT_FINE_FEN, "metavar": "YUAN"},
    ),
    _Option(
        "--strict",
        "every rule is on that can be switched: " + ", ".join(SWITCHES),
        "打开全部可开关的规则：" + ", ".join(SWITCHES),
        {"action": "store_true"},
    ),
    _Option(
        "--rule",
        "switch a rule that rests on an unconfirmed fact; repeatable",
        "开关一条依据尚未证实的规则；可重复",
        {"action": "append", "default": [], "metavar": "NAME=on|off"},
    ),
    _Option(
        "--domains",
        "a folder of further business domains, as YAML; repeatable",
        "另有业务域（YAML）的文件夹；可重复",
        {"action": "append", "type": Path, "default": [], "metavar": "FOLDER"},
    ),
    _Option(
        "--session-seconds",
        "how long a sign-in at a desk holds (1800)",
        "一次前台登录的有效秒数（1800）",
        {"type": _seconds, "default": SESSION_S, "metavar": "S"},
    ),
    _Option(
        "--keep-alive",
        "close idle connections after S seconds (5)",
        "空闲连接在 S 秒后关闭（5）",
        {"type": _number, "default": KEEP_ALIVE_S, "metavar": "S"},
    ),
    _Option(
        "--exit-with-parent",
        "end when the starting process has ended (PID: that one)",
        "启动它的进程（或 PID）结束时随之结束",
        {"nargs": "?", "type": _number, "const": 0, "metavar": "PID"},
    ),
)


def parser() -> argparse.ArgumentParser:
    """The parser; errors end the process with exit code 2."""
    options = _Parser(
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
    for option in OPTIONS:
        group.add_argument(option.name, help=_said(option.english, option.chinese), **option.told)
    return options


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, or exit code 2 with one line that says what to write."""
    return parser().parse_args(arguments)
