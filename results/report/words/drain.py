"""What stands against a switch in words: business that is open, writes after a stop, papers, a stocktake."""

from __future__ import annotations

VERDICTS = {
    "pass": ("DRAINED", "已清理"),
    "fail": ("NOT DRAINED", "未清理"),
    "inconclusive": ("CANNOT DECIDE", "无法判定"),
}
STOCK = {
    "missing": ("on nobody's shelf", "缺号"),
    "unknown": ("in no book", "账外"),
    "twice": ("counted twice", "重号"),
    "not_carried": ("not carried into the new books", "未转入新账"),
    "not_in_old": ("not in the old books", "旧账没有"),
    "counts_differ": ("the two counts differ", "两人所点不一致"),
}
ENTERED = {
    "not_entered": ("not entered", "未补录"),
    "entered_twice": ("entered twice", "重复补录"),
    "other_time": ("another time than the real one", "时间不符"),
    "after_due": ("after its last day", "逾期补录"),
}
LISTS = {"old": ("old books", "旧账"), "new": ("new books", "新账"), "keeper": ("keeper", "保管人"),
         "checker": ("checker", "复核人")}  # fmt: skip
