"""In which language a person is spoken to; results.language says how, for all rooms that may not see it."""

from results.language import Language, language
from results.language.catalogue import in_chinese, say

__all__ = ["Language", "in_chinese", "language", "say"]
