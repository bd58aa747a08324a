"""Which heading of a sheet is which declared column; what is missing, twice or misspelt."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from fieldops.cells import shown, tidy
from fieldops.columns import Column
from fieldops.errors import Fault

CLOSE = 0.6
"""Close enough to ask "did you mean?" about a name that isn't known."""

TYPO = 0.87
"""Close enough to take an unknown heading for a misspelt one: ``skils``, ``lattitude``; not ``late`` for ``lat``."""


def folded(text: str) -> str:
    """Fold a heading for comparison: NFKC, case and blanks don't count."""
    return "".join(tidy(text).casefold().split())


def closest(word: str, known: Iterable[str], cutoff: float = CLOSE) -> str:
    """Give the known word that is closest to `word`, or nothing.

    >>> closest("netwrok", ["network", "electric"])
    'network'
    """
    spellings = {folded(each): each for each in known}
    found = difflib.get_close_matches(folded(word), spellings, n=1, cutoff=cutoff)
    return spellings[found[0]] if found else ""


def match_headings(
    headings: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str]
) -> tuple[dict[str, int], list[Fault]]:
    """Find the position of each declared column.

    The mapping comes first (``""`` says that the table has no such column), then the column's own name, then
    its aliases.

    Returns
    -------
    positions
        Column name -> position in `headings`, for the columns that are there.
    faults
        ``duplicate-heading``, ``missing-heading``, ``missing-column``, ``misspelt-column`` and ``unknown-column``.
    """
    table = columns[0].table
    faults = _twice(table, headings)
    positions: dict[str, int] = {}
    absent: list[Column] = []
    for column in columns:
        if column.name in mapping:
            found, fault = _mapped(column, headings, mapping[column.name])
        else:
            found, fault = _named(column, headings)
        faults += fault
        if found is not None:
            positions[column.name] = found
        elif not fault and mapping.get(column.name) != "":
            absent.append(column)
    left = [heading for at, heading in enumerate(headings) if at not in positions.values()]
    faults += [fault for column in absent for fault in _absent(column, left)]
    declared = [column.name for column in columns]
    for name in mapping:
        if name not in declared:
            hint = closest(name, declared)
            action = f"did you mean {hint!r}?" if hint else f"the columns are {', '.join(declared)}"
            faults.append(
                Fault(table, None, name, "unknown-column", f"names maps {name!r}, which nobody reads", action)
            )
    return positions, faults


def _twice(table: str, headings: Sequence[str]) -> list[Fault]:
    counts = Counter(map(folded, headings))
    seen: dict[str, str] = {}
    faults = []
    for heading in headings:
        if counts[folded(heading)] > 1 and folded(heading) in seen:
            cause = f"the headings {shown(seen[folded(heading)])} and {shown(heading)} are the same"
            faults.append(Fault(table, None, heading, "duplicate-heading", cause, "keep one or rename one"))
        seen.setdefault(folded(heading), heading)
    return faults


def _mapped(column: Column, headings: Sequence[str], stated: str) -> tuple[int | None, list[Fault]]:
    if not stated and column.required:
        cause = f"the column {column.name} is required, but names maps it to ''"
        return None, [Fault(column.table, None, column.name, "missing-column", cause, "map it to its heading")]
    if not stated:
        return None, []
    for same in (str, folded):
        found = [at for at, heading in enumerate(headings) if same(heading) == same(stated)]
        if found:
            return found[0], []
    hint = closest(stated, headings)
    action = f"did you mean {hint!r}?" if hint else f"the headings are {', '.join(headings)}"
    cause = f"names maps {column.name} to {shown(stated)}, but there is no such heading"
    return None, [Fault(column.table, None, stated, "missing-heading", cause, action)]


def _named(column: Column, headings: Sequence[str]) -> tuple[int | None, list[Fault]]:
    keys = [folded(heading) for heading in headings]
    if folded(column.name) in keys:
        return keys.index(folded(column.name)), []
    aliases = {folded(alias) for alias in column.aliases}
    found = [at for at, key in enumerate(keys) if key in aliases]
    if len({keys[at] for at in found}) > 1:
        both = " and ".join(headings[at] for at in found)
        cause = f"the headings {both} can both mean {column.name}"
        action = f"rename one, or say in names which one is {column.name}"
        return None, [Fault(column.table, None, headings[found[1]], "duplicate-heading", cause, action)]
    return (found[0] if found else None), []


def _absent(column: Column, headings: Sequence[str]) -> list[Fault]:
    """Complain of a required column that is missing, and of an optional one that is there but misspelt."""
    spellings = (column.name, *column.aliases)
    typo = next((near for word in spellings if (near := closest(word, headings, TYPO)) and _typo(word, near)), "")
    if column.required:
        hint = typo or next((near for word in spellings if (near := closest(word, headings))), "")
        action = (
            f"did you mean {hint!r}? Rename it, or map it in names" if hint else "add it, or map its heading in names"
        )
        cause = f"the column {column.name} is missing"
        return [Fault(column.table, None, column.name, "missing-column", cause, action)]
    if not typo:
        return []
    cause = f"the heading {shown(typo)} is no column, but close to {column.name}"
    action = f"did you mean {column.name!r}? If not, rename it, or map {column.name} to '' in names"
    return [Fault(column.table, None, typo, "misspelt-column", cause, action)]


def _typo(word: str, heading: str) -> bool:
    """Tell ``skils`` from ``window_2``, which is another column of the same kind."""
    return re.findall(r"\d+", word) == re.findall(r"\d+", heading)
