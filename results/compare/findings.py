"""What a comparison finds, and how it is said: a row for each metric of each subject, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from results.compare.settings import LOOKS, Settings
from results.metrics import MORE_IS_BETTER, PERCENT, SHARES, rounded_share, show
from results.metrics import change as relative
from results.snapshot.run import EXIT_CODES, Verdict
from results.verdict.reasons import Reason, in_chinese, in_english
from results.verdict.reasons import comparison as why

Finding = Literal["better", "worse", "not worse", "within tolerance", "cannot decide"]
FINDINGS_ZH = {
    "better": "变好",
    "worse": "变差",
    "not worse": "未变差",
    "within tolerance": "略差，在容差内",
    "cannot decide": "无法判定",
}
ORDER: tuple[Finding, ...] = ("worse", "within tolerance", "better", "cannot decide", "not worse")
MANY = 100  # runs a side; what would need more is not counted out


class Note(NamedTuple):
    """A sentence in both languages."""

    en: str
    zh: str


class Row(BaseModel):
    """One metric of one subject. Values in `unit` (ms, /s, /arrival, %).

    effect, low, high: shares (0.05 = 5 %, or 5 points for the rates of errors and rejections). bound: how
    much worse it may be, in the direction that is worse, and `limit` how much it may be at most. spread:
    standard deviation between the runs of a side, a share; 0 where counts decide. p: corrected. runs_needed:
    0 where the row is decided. paired: of launches of a duel.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    metric: str
    unit: str
    baseline: float
    candidate: float
    effect: float
    low: float
    high: float
    p: float
    finding: Finding
    decisive: bool
    runs_needed: int = 0
    bound: float = 0.0
    limit: float = 0.0
    level: float = 0.975
    spread: float = 0.0
    paired: bool = False

    @property
    def less_is_worse(self) -> bool:
        return self.metric in MORE_IS_BETTER


class Comparison(BaseModel):
    """fail: something is worse. pass: no decisive row can be worse by the tolerance. inconclusive: the rest.

    differences: why the runs should not have been compared (only with `anyway`). paired: the sides were
    loaded at the same time. baseline_builds, candidate_builds: as far as the runs know them.
    """

    model_config = ConfigDict(frozen=True)

    scenario: str
    target: str
    baseline: list[str]
    candidate: list[str]
    verdict: Verdict
    reasons: list[str]
    reasons_zh: list[str]
    reason_codes: list[dict[str, Any]] = []
    differences: list[str]
    caveats: list[str]
    rows: list[Row]
    settings: Settings
    paired: bool = False
    baseline_builds: list[str] = []
    candidate_builds: list[str] = []
    differences_zh: list[str] = []
    caveats_zh: list[str] = []

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    def with_caveats(self, more: Sequence[Reason]) -> Comparison:
        """The same with further caveats."""
        en, zh = [*self.caveats, *in_english(more)], [*self.caveats_zh, *in_chinese(more)]
        return self.model_copy(update={"caveats": en, "caveats_zh": zh})


def conclusion(comparison: Comparison) -> Note:
    """The verdict in one sentence."""
    if comparison.verdict == "fail":
        return Note("the candidate is worse", "候选变差")
    if comparison.verdict == "inconclusive":
        return Note("the runs cannot tell", "现有运行不足以判定")
    small = sum(row.finding == "within tolerance" for row in comparison.rows)
    if small:
        return Note(
            f"nothing is worse by more than is tolerated; {small} row(s) a little worse",
            f"没有超出容差的变差；{small} 行略差",
        )
    return Note("nothing that decides is worse", "判定项均未变差")


def describe(row: Row) -> Reason:
    """`declaration.submit p95: +12.1% (+8.0% … +16.4%): worse`, or as sure as it can be said."""
    if row.finding in ("worse", "better"):
        finding = why.Finding[row.finding]
        return why.Found(subject=row.subject, metric=row.metric, effect=interval(row), finding=finding)
    limit = change(row, row.limit)
    if row.finding == "within tolerance":
        return why.WithinTolerance(
            subject=row.subject, metric=row.metric, how=_how(row), span=_span(row), limit=limit
        )
    sure, bound = show(100 * row.level, PERCENT), change(row, row.bound)
    subject, metric = row.subject, row.metric
    if row.finding == "not worse":
        return why.NotWorse(subject=subject, metric=metric, bound=bound, sure=sure, limit=limit)
    what = why.Repeated.launches if row.paired else why.Repeated.runs
    if row.runs_needed > MANY:
        return why.FarUndecided(
            subject=subject, metric=metric, bound=bound, sure=sure, limit=limit, what=what
        )
    needed = row.runs_needed
    return why.Undecided(
        subject=subject, metric=metric, bound=bound, sure=sure, limit=limit, needed=needed, what=what
    )


def _how(row: Row) -> why.How:
    return why.How.more if row.metric in SHARES else why.How.less if row.less_is_worse else why.How.slower


def _span(row: Row) -> str:
    low, high = sorted((abs(row.low), abs(row.high)))
    digits, unit = (2, " pt") if row.metric in SHARES else (1, "%")
    return f"{100 * low:.{digits}f}–{100 * high:.{digits}f}{unit}"


def sentence(row: Row) -> Note:
    """The same without subject and metric, for a line that names them."""
    said, head = describe(row), f"{row.subject} {row.metric}"
    return Note(said.en.removeprefix(f"{head}: "), said.zh.removeprefix(f"{head}："))


def interval(row: Row) -> str:
    """`+12.1% (+8.0% … +16.4%)`; in points for the rates of errors and rejections."""
    effect, low, high = (change(row, value) for value in (row.effect, row.low, row.high))
    return f"{effect} ({low} … {high})"


def change(row: Row, value: float) -> str:
    """`+12.1%` or `×236,871`, as results.metrics.change; `+0.31 pt` of a rate."""
    return f"{round(100 * value, 2) + 0.0:+.2f} pt" if row.metric in SHARES else relative(value)


def brief(row: Row) -> Note:
    """For a table that names limit and level above it: `not worse than +7.9%`."""
    if row.finding == "not worse":
        bound = change(row, row.bound)
        return Note(f"not worse than {bound}", f"不差于 {bound}")
    if row.finding == "cannot decide":
        bound = change(row, row.bound)
        return Note(f"cannot decide: may be {bound}", f"无法判定：可能 {bound}")
    return Note(row.finding, FINDINGS_ZH[row.finding])


def spread_of(row: Row) -> str:
    """`2.4%` between the runs of a side; of counts nothing."""
    return rounded_share(row.spread, 1) if row.spread else "–"


def sides(comparison: Comparison) -> Note:
    """`5 baseline run(s) of 0123456789ab, 5 candidate run(s) of nightly-7`."""
    parts, parts_zh = [], []
    for word, word_zh, runs, builds in (
        ("baseline", "基线", comparison.baseline, comparison.baseline_builds),
        ("candidate", "候选", comparison.candidate, comparison.candidate_builds),
    ):
        named = ", ".join(builds)
        parts.append(f"{len(runs)} {word} run(s)" + (f" of {named}" if named else ""))
        parts_zh.append(f"{word_zh} {len(runs)} 次" + (f"（{named}）" if named else ""))
    together = (", under load at the same time", "，同时加压") if comparison.paired else ("", "")
    return Note(", ".join(parts) + together[0], "，".join(parts_zh) + together[1])


def promises(settings: Settings, paired: bool = False) -> list[Note]:
    """The settings in words."""
    subjects, metrics = ", ".join(settings.decisive), ", ".join(settings.decisive_metrics)
    sure, alpha = show(100 * settings.level, PERCENT), f"{100 * settings.alpha:.2g}%"
    limit, points = f"{100 * settings.tolerance:.4g}%", f"{100 * settings.share_tolerance:.4g}"
    band, band_points = f"{100 * settings.noise_band:.4g}%", f"{100 * settings.share_band:.4g}"
    what, what_zh = ("launches", "次启动") if paired else ("runs a side", "次运行")
    found = [
        Note(
            f"A pass: no row that decides can be worse by {limit} (rates of errors and rejections: "
            f"{points} points), "
            f"each {sure} sure.",
            f"通过：每个判定项变差均不到 {limit}（错误率与拒绝率：{points} 个百分点），把握各 {sure}。",
        ),
        Note(f"What decides: {metrics}, of {subjects}.", f"判定项：{subjects} 的 {metrics}。"),
        Note(
            f"Worse, better: changed by more than the noise band of {band} ({band_points} points); of "
            "comparisons of "
            f"equal builds at most {alpha} say so in any row.",
            f"变差或变好：变化超出噪声带 {band}（{band_points} 个百分点）；版本相同时，"
            f"任一行误报的概率至多 {alpha}。",
        ),
    ]
    if settings.looks > 1:
        found.append(
            Note(
                f"It may be decided after any of {', '.join(map(str, LOOKS))} {what}; the figures above "
                "are for each.",
                f"每侧 {'、'.join(map(str, LOOKS))} {what_zh}后均可判定；以上数字为每次判定所用。",
            )
        )
    return found
