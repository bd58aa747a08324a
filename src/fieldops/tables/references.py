"""Columns that name rows of other tables: ``technicians.id``, ``technicians.skills``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fieldops.columns import Column
from fieldops.errors import PRINTED_FAULTS
from fieldops.tables.headings import CLOSE, closest
from fieldops.tables.parsing import BAD, Parsed

MOST_COMPARED = 2_000
"""Names among which a "did you mean" is looked for; beyond it the search would take longer than the reading."""


def referring(columns: Mapping[str, Sequence[Column]]) -> list[Column]:
    """List the columns that refer to another."""
    return [column for group in columns.values() for column in group if column.refers]


def named(values: Iterable[Any]) -> Iterator[Any]:
    """Give each name in a column of names, of tuples of names or of tuples of (name, level).

    >>> list(named(["T1", ("network", "electric"), (("network", 2),), None]))
    ['T1', 'network', 'electric', 'network']
    """
    for value in values:
        if isinstance(value, tuple):
            yield from (item[0] if isinstance(item, tuple) else item for item in value)
        elif value is not BAD and value is not None and value != "":
            yield value


def unknown_code(refers: str) -> str:
    """Name the fault after what isn't known.

    >>> unknown_code("technicians.id"), unknown_code("technicians.skills"), unknown_code("cities.id")
    ('unknown-technician', 'unknown-skill', 'unknown-city')
    """
    table, _, column = refers.partition(".")
    plural = table if column == "id" else column
    if plural.endswith("ies"):
        return f"unknown-{plural[:-3]}y"
    return f"unknown-{plural[:-1] if plural.endswith('s') and not plural.endswith('ss') else plural}"


def check_references(parsed: Mapping[str, Parsed], columns: Mapping[str, Sequence[Column]]) -> None:
    """Note a fault for each name that isn't where its column refers to.

    Faulty rows count as being there: their own fault is told already. Where the referred column as a whole
    can't be read, or its table is empty, nothing can be said about the names, and that fault is told already too.
    """
    bare = {name for name, table in parsed.items() if any(fault.code == "empty-table" for fault in table.faults)}
    for column in referring(columns):
        table, (other, _, target) = parsed[column.table], column.refers.partition(".")
        if column.name not in table.values or target not in parsed[other].values or other in bare:
            continue
        known = dict.fromkeys(named(parsed[other].values[target]))
        actions: dict[Any, str] = {}
        for at, value in enumerate(table.values[column.name]):
            for name in named([value]):
                if name not in known:
                    if name not in actions:
                        actions[name] = _action(name, known, column.refers, hint=len(actions) < PRINTED_FAULTS)
                    code = unknown_code(column.refers)
                    what = code.removeprefix("unknown-")
                    table.fault(at, column.name, code, f"there is no {what} {name!r} in {other}", actions[name])


def _action(name: Any, known: Mapping[Any, None], refers: str, *, hint: bool) -> str:
    # In a word of two or three characters, as Chinese ones are, one wrong character is a third or half of it.
    cutoff = 0.5 if len(str(name)) <= 3 else CLOSE
    near = closest(str(name), map(str, known), cutoff) if hint and len(known) <= MOST_COMPARED else ""
    return f"did you mean {near!r}?" if near else f"write one that stands in {refers}"
