"""What a comparison is held to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from results.metrics import RUN


class Settings(BaseModel):
    """All shares, of 1. The defaults and their reasons:

    noise_band 2 %: link order, memory layout and environment size alone move a program's speed by a few per
    cent (Mytkowicz et al., ASPLOS 2009); a true difference below that is no one's fault. share_band 0.1
    points: the default error threshold. tolerance 10 % and share_tolerance 0.5 points: the regression that a
    release may not hide. alpha 1 %: one false alarm in a hundred builds is what people still look into.
    assumed_noise 25 %: with one run a side, the spread between runs of one build is taken to be this (p95 of
    8 s runs of a 1 ms target on a 2-core machine varied so). assumed_launch_noise 5 %: the same for one
    launch of a duel, where the machine's part is gone and that of the two processes stays. decisive: subjects
    that a pass has to decide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    noise_band: float = Field(default=0.02, ge=0)
    share_band: float = Field(default=0.001, ge=0)
    tolerance: float = Field(default=0.10, gt=0)
    share_tolerance: float = Field(default=0.005, gt=0)
    alpha: float = Field(default=0.01, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    assumed_noise: float = Field(default=0.25, gt=0)
    assumed_launch_noise: float = Field(default=0.05, gt=0)
    decisive: tuple[str, ...] = (RUN,)
    decisive_metrics: tuple[str, ...] = (
        "throughput", "typical", "p50", "p95", "error_rate", "rejection_rate"
    )  # fmt: skip
