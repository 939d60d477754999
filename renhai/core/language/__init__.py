"""In which language a person is spoken to; results.language says how, for all rooms that may not see it."""

from results.language import Language, language
from results.language.catalogue import in_chinese, say, say_lines, say_sentence
from results.language.numbers import agreed
from results.language.tax_words import ABBREVIATIONS

__all__ = [
    "ABBREVIATIONS",
    "Language",
    "agreed",
    "in_chinese",
    "language",
    "say",
    "say_lines",
    "say_sentence",
]
