"""Text that looks like a formula, guarded and given back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.tables.formulas import guard, unguard

BEGINNINGS = [
    "=1+1",
    "+86 138",
    "-5",
    "@SUM(A1)",
    "\tx",
    "\rx",
    " =1",
    "\u3000=1",
    "\xa0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
]


@pytest.mark.parametrize("text", BEGINNINGS)
def test_every_beginning_of_a_formula_gets_an_apostrophe(text: str) -> None:
    """Plain and full-width signs, after blanks too, tab and carriage return: none is left at the front."""
    assert guard(text) == "'" + text
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["", "A-0012", "3 = 3", "a@b.cn", "'s-Hertogenbosch", "张伟", "00123", "a\nb", " x"])
def test_other_text_stays_as_it_is(text: str) -> None:
    """Signs within a text begin no formula."""
    assert guard(text) == text
    assert unguard(text) == text


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_a_line_within_a_cell_can_not_begin_a_formula(line_break: str) -> None:
    """Programs that take a line break within quotes for a new row find no formula there either."""
    assert guard(f"see{line_break}=1") == f"see{line_break}'=1"


@settings(max_examples=1_000)
@given(st.one_of(st.text(alphabet="'=+-@\t\r\n \u3000＝a\x85"), st.text()))
def test_what_is_guarded_comes_back(text: str) -> None:
    """Guarding loses nothing, whatever apostrophes and breaks the text had, and guards each beginning once."""
    assert unguard(guard(text)) == text
    assert guard(text).lstrip()[:1] not in tuple("=+-@＝＋－＠")
    assert guard(text)[:1] not in ("\t", "\r")
