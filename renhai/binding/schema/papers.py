"""What the papers that an operation prints must say: `papers:` of a target file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from renhai.binding.schema.audit import Names
from renhai.core import home
from renhai.core.validation import Strict

Values = Annotated[dict[str, Names], Field(min_length=1)]


class PaperRule(Strict):
    """The form of an operation's papers, and which value of the request stands in which of its fields."""

    form: str = Field(
        min_length=1,
        examples=["certificate"],
        description="where each field stands: a name in scenarios/forms/, or a path relative to the target "
        "file",
    )
    says: Values = Field(
        description="field of the form, and the field of the request that it must say; two for a period",
        examples=["{nsrsbh: nsrsbh, period: [skssqq, skssqz]}"],
    )
    unit: str | None = Field(default=None, description="field of the request that tells the unit")

    def path(self, folder: Path) -> Path:
        """Of the form; folder: the target file's."""
        if self.form.endswith((".yaml", ".yml")) or "/" in self.form:
            return folder / self.form
        return home.scenarios() / "forms" / f"{self.form}.yaml"

    @property
    def kept(self) -> list[str]:
        """Fields of a request that are kept with its paper."""
        names = [name for values in self.says.values() for name in values]
        return list(dict.fromkeys([*names, *([self.unit] if self.unit else [])]))
