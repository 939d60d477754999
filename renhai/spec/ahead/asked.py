"""What a scenario asks to be made ahead: `data: {ahead: 24}`, or `{ahead: {periods: 24, scale: general}}`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from renhai.core.validation import Strict, refuse

MOST_PERIODS = 1000
MOST_DECLARATIONS = 2_000_000  # some 8 GB, and minutes to make

Periods = Annotated[int, Field(strict=True, ge=0, le=MOST_PERIODS)]


class Ahead(Strict):
    """VAT declarations that are made before the load begins, so that load processes only send them."""

    periods: Annotated[int, Field(strict=True, ge=1, le=MOST_PERIODS)] = Field(
        examples=["24"], description="how many filing periods of each taxpayer, from the first one on"
    )
    scale: Literal["general", "small"] | None = Field(
        default=None, examples=["general"], description="of taxpayers of this scale alone"
    )


def asked(given: int | Ahead) -> Ahead | None:
    """None where nothing is to be made."""
    if isinstance(given, Ahead):
        return given
    return Ahead(periods=given) if given else None


def check(ahead: Ahead | None, taxpayers: int, of_a_day: bool) -> None:
    """Raises a refusal for more than is ever filed, or than a file should hold."""
    if ahead is None:
        return
    if of_a_day and ahead.periods > 1:
        raise refuse(
            f"has ahead of {ahead.periods:,} periods beside date, on which one is due; give ahead: 1"
        )
    if taxpayers * ahead.periods > MOST_DECLARATIONS:
        raise refuse(
            f"has ahead of {ahead.periods:,} periods of {taxpayers:,} taxpayers, which is "
            f"{taxpayers * ahead.periods:,} declarations; at most {MOST_DECLARATIONS:,} are made ahead: "
            "lower ahead or taxpayers"
        )
