"""Chinese for sentences that come in English: the load process's reasons of ill health, comparisons' caveats.

A sentence that no pattern knows stays as it is; numbers, names and units are carried over.
"""

from __future__ import annotations

import re

_NAMES = {
    "event loop lag": "事件循环滞后",
    "start lateness": "发起延迟",
    # of results.compare.comparison.kind_of
    "scenario": "场景",
    "scenario digest": "场景摘要",
    "target": "被测系统",
    "load model": "负载模型",
    "load processes": "负载进程数",
    "cpu_model": "CPU 型号",
    "cores": "核数",
    "memory_gb": "内存（GB）",
    "platform": "平台",
}

# pattern -> Chinese; the advice at the end of a sentence is in the English one only
_SENTENCES: list[tuple[str, str]] = [
    (
        r"(event loop lag|start lateness) p99 (\S+ ms) is above (\S+ ms), while service time p99 is (\S+ ms)",
        "{0} p99 为 {1}，超过 {2}（服务时间 p99 为 {3}）：负载机测到的是自己",
    ),
    (
        r"a load process stood still for (\S+ s) \(bound (\S+ ms)\)",
        "负载进程停顿 {0}（上限 {1}）：曾被暂停或得不到 CPU",
    ),
    (
        r"a load process used (\S+) % of its core for (\S+ s) on end \(bound (\S+) %\)",
        "负载进程连续 {1} 占用单核 {0}%（上限 {2}%）",
    ),
    (
        r"was running or waiting for a CPU (\S+) % of the time for (\S+ s) on end \(bound (\S+) %\)",
        "负载进程连续 {1} 有 {0}% 的时间在运行或等 CPU（上限 {2}%）：CPU 不足",
    ),
    (
        r"a load process waited for a CPU (\S+) % of the time for (\S+ s) on end \(bound (\S+) %\)",
        "负载进程连续 {1} 有 {0}% 的时间在等 CPU（上限 {2}%）：其他进程占用了它的核",
    ),
    (r"(\d+) of (\d+) arrivals were dropped", "{1} 个到达中有 {0} 个被丢弃：在途业务过多"),
    (
        r"Little's law does not hold: (\S+) operators were planned, .* accounts for (\S+) \((\S+) %",
        "利特尔法则不成立：计划 {0} 名操作员，按吞吐量与时间推算为 {1} 名（偏差 {2}%）",
    ),
    (r"(\d+) workers? (?:was|were) lost", "丢失 {0} 个负载进程：负载低于计划"),
    (r"(\d+) reports of workers are missing", "缺少 {0} 份负载进程报告"),
    (
        r"(\S+): we counted (.+?) (\w+), the target counted (\d+)",
        "{0}：本机记录 {1}（{2}），被测系统记录 {3}",
    ),
    (r"(\S+) could not be written: (.+?);", "无法写入 {0}：{1}"),
    (
        r"one run a side cannot show how much runs of one build differ; (\S+) is assumed",
        "每侧只有一次运行，看不出同一版本各次运行的差异；假定为 {0}，仅能判定显著变化；"
        "请重复运行（--repeat 5）",
    ),
    (r"one side has a single run", "一侧只有一次运行：两侧均按另一侧的波动计算"),
    (
        r"one launch cannot show how much two processes of one build differ; (\S+) is assumed",
        "只启动一次，看不出同一版本两个进程的差异；假定为 {0}，更小的变化无法判定；"
        "请多次重新启动两侧（--repeat 8）",
    ),
    (r"(.+): too little to compare$", "{0}：数据太少，无法比较"),
    (r"(\S+) was invalid and made again: (.+)", "{0} 测量无效，已重做：{1}"),
    (r"(\S+) is invalid: (.+)", "{0} 测量无效：{1}"),
    (r"(.+?) differs: (.+) and (.+)", "{0}不同：{1} 与 {2}"),
]


def in_chinese(sentence: str) -> str:
    """The sentence in Chinese where it is a known one, else unchanged."""
    for pattern, chinese in _SENTENCES:
        match = re.match(pattern, sentence)
        if match:
            return chinese.format(*(_part(part) for part in match.groups()))
    return sentence


def _part(text: str) -> str:
    """A name, or sentences that one sentence quotes."""
    return _NAMES.get(text) or "；".join(in_chinese(one) for one in text.split("; "))
