"""What a comparison is held to, and how often it may be looked at."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from results.metrics import RUN

# `--repeat auto`: runs a side at which it is looked whether they decide (docs/comparison.md).
LOOKS = (5, 8, 12)
# A row that is worse by the tolerance may pass in 1 of 20 comparisons over all the looks. At 5, 8 and 12 runs
# the looks depend on each other, and 2 % each amounts to 4.3 % for one row (Pocock 1977 gives 2.2 % for three
# looks evenly apart; `python -m benchmarks rule_simulated` prints what it comes to here).
LOOK_LEVEL = 0.8  # a look's share of (1 - confidence)


class Settings(BaseModel):
    """All shares, of 1. The defaults and their reasons:

    noise_band 2 %: link order, memory layout and environment size alone move a program's speed by a few per
    cent (Mytkowicz et al., ASPLOS 2009); a true difference below that is no one's fault. share_band 0.1
    points: the default error threshold. tolerance 10 % and share_tolerance 0.5 points: the regression that a
    release may not hide. alpha 1 %: one false alarm in a hundred builds is what people still look into.
    confidence 95 %: of the intervals shown, each end of which holds with 97.5 %, the level of a pass.
    assumed_noise 25 %: with one run a side, the spread between runs of one build is taken to be this (p95 of
    8 s runs of a 1 ms target on a 2-core machine varied so). assumed_launch_noise 5 %: the same for one
    launch of a duel, where the machine's part is gone and that of the two processes stays. decisive: subjects
    that a pass has to decide. looks: at how many numbers of runs it may be decided.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    noise_band: float = Field(default=0.02, ge=0, le=1)
    share_band: float = Field(default=0.001, ge=0, lt=1)
    tolerance: float = Field(default=0.10, gt=0, le=1)
    share_tolerance: float = Field(default=0.005, gt=0, lt=1)
    alpha: float = Field(default=0.01, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    assumed_noise: float = Field(default=0.25, gt=0)
    assumed_launch_noise: float = Field(default=0.05, gt=0)
    decisive: tuple[str, ...] = (RUN,)
    decisive_metrics: tuple[str, ...] = (
        "throughput", "typical", "p50", "p95", "error_rate", "rejection_rate"
    )  # fmt: skip
    looks: int = Field(default=1, ge=1)

    @property
    def level(self) -> float:
        """One-sided, of the bound that a pass is held to: 97.5 %."""
        return 1 - (1 - self.confidence) / 2

    def at_each_look(self) -> Settings:
        """The same promises over all of LOOKS together: each look has a third of alpha, and 98 % for 97.5
        %."""
        confidence = 1 - LOOK_LEVEL * (1 - self.confidence)
        changes = {"alpha": self.alpha / len(LOOKS), "confidence": confidence, "looks": len(LOOKS)}
        return self.model_copy(update=changes)
