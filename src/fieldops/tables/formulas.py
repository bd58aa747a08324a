"""Text that a spreadsheet would take for a formula, made harmless in CSV files and read back unharmed.

A cell, or a line within a cell, that begins with ``= + - @`` (plain or full-width, also after blanks), and a
cell that begins with a tab or a carriage return, gets an apostrophe in front (OWASP, "CSV Injection"). Text
that has apostrophes before such a beginning gets one more, so that `unguard` gives back exactly what `guard` got.
"""

from __future__ import annotations

import re

_BREAKS = "\r\n\v\f\x1c-\x1e\x85\u2028\u2029"
_FORMULA = rf"'*[^\S{_BREAKS}]*[=+\-@＝＋－＠]"
_BEGINNING = rf"(?:\A(?='*[\t\r]|{_FORMULA})|(?<=[{_BREAKS}])(?={_FORMULA}))"
_GUARDED = rf"(?:\A'(?='*[\t\r]|{_FORMULA})|(?<=[{_BREAKS}])'(?={_FORMULA}))"


def guard(text: str) -> str:
    """Put an apostrophe before each beginning of a formula.

    >>> guard("=1+1"), guard("A-0012"), guard("'＝1")
    ("'=1+1", 'A-0012', "''＝1")
    """
    return re.sub(_BEGINNING, "'", text)


def unguard(text: str) -> str:
    """Take the apostrophes of `guard` off again.

    >>> unguard("'=1+1"), unguard("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return re.sub(_GUARDED, "", text) if "'" in text else text
