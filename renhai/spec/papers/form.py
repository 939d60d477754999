"""The form of a paper as a file: its pages, fields and fixed words, in millimetres from a page's top left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field as Key
from pydantic import model_validator

from renhai.binding.model import Binding
from renhai.core.errors import Problem, UsageError
from renhai.core.validation import Strict, refuse, unknown, validate
from renhai.core.yaml_lines import YamlFile, load_yaml
from results.checks.papers.layout import Field, Form, Label

Millimetres = Annotated[float, Key(ge=0, le=2000)]
Place = Annotated[list[Millimetres], Key(min_length=2, max_length=2)]
Size = Annotated[list[Annotated[float, Key(gt=0, le=2000)]], Key(min_length=2, max_length=2)]
Page = Annotated[int, Key(strict=True, ge=1, le=500)]


class FormField(Strict):
    """Where a value stands, and of what kind it is."""

    at: Place = Key(examples=["[60, 50]"], description="x and y of the left end of its base line")
    width: Annotated[float, Key(gt=0, le=2000)] = Key(description="how long its text may be")
    height: Millimetres = Key(default=0.0, description="how far below further lines of it may stand")
    page: Page = 1
    is_: Literal["text", "amount", "capitals", "date", "period"] = Key(default="text", alias="is")
    whose: bool = Key(default=False, description="it tells whose paper it is")
    align: Literal["left", "right"] = Key(default="left", description="right: at is where its text ends")


class FormText(Strict):
    """Words that stand on every paper."""

    text: str = Key(min_length=1)
    at: Place
    page: Page = 1


class FormFile(Strict):
    """One file of `scenarios/forms/`."""

    name: str = Key(min_length=1, examples=["税收完税证明"])
    pages: Page = 1
    size: Size | None = Key(
        default=None, examples=["[210, 297]"], description="mm of each page, wide and high; any without it"
    )
    tolerance: Annotated[float, Key(gt=0, le=50)] = Key(
        default=2.0, description="mm that a text may stand beside its place"
    )
    texts: list[FormText] = []
    fields: dict[str, FormField] = Key(min_length=1)

    @model_validator(mode="after")
    def _on_its_pages(self) -> FormFile:
        pages = [(name, field.page) for name, field in self.fields.items()]
        for name, page in [*pages, *((one.text, one.page) for one in self.texts)]:
            if page > self.pages:
                raise refuse(f"has {name} on page {page}, and {self.pages} in all")
        return self

    def plain(self) -> Form:
        """As a paper is judged by."""
        fields = tuple(
            Field(
                name=name, page=one.page, x=one.at[0], y=one.at[1], width=one.width, height=one.height,
                kind=one.is_, whose=one.whose, ends=one.align == "right",
            )
            for name, one in self.fields.items()
        )  # fmt: skip
        labels = tuple(Label(one.text, one.page, one.at[0], one.at[1]) for one in self.texts)
        size = (self.size[0], self.size[1]) if self.size else None
        return Form(self.name, self.pages, fields, labels, self.tolerance, size)


def load_form(path: Path) -> Form:
    """A form by its path. Raises UsageError that names file, line, key and remedy."""
    return validate(FormFile, load_yaml(path)).plain()


def forms_of(binding: Binding, path: Path, file: YamlFile) -> dict[str, Form]:
    """The forms that a target file names, by operation. Raises UsageError for one that is wrong, lacks a
    field, or says of none whose paper it is."""
    found: dict[str, Form] = {}
    wrong: list[Problem] = []
    for name, rule in binding.papers.items():
        form = found[name] = load_form(rule.path(path.resolve().parent))
        fields = {one.name: one for one in form.fields}
        if not any(one.whose for one in form.fields if one.name in rule.says):
            said = file.where(("papers", name, "says"))
            why = "names no field with whose: true, so that another taxpayer's paper would pass; add one"
            wrong.append(Problem(said, f"papers.{name}.says", why))
        for key, values in rule.says.items():
            where = ("papers", name, "says", key)
            if key not in fields:
                wrong.append(unknown(file, where, key, fields, "field of the form"))
            elif len(values) != (days := 2 if fields[key].kind == "period" else 1) and (
                days == 2 or fields[key].kind != "text"
            ):
                why = f"names {len(values)} values, and a {fields[key].kind} is made of {days}"
                wrong.append(Problem(file.where(where), f"papers.{name}.says.{key}", why))
    if wrong:
        raise UsageError(wrong)
    return found
