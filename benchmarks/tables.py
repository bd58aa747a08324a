"""Figures as text: rows in columns, and what they come to on average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import Any

Row = Mapping[str, Any]


def tabulated(rows: Sequence[Row]) -> str:
    """Return rows as text in columns; lists (routes) are for the JSON only."""
    if not rows:
        return "nothing was run: no such instances in the data"
    heads = [key for key, value in rows[0].items() if not isinstance(value, list | dict)]
    cells = [heads, *([cell(row.get(head)) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def alike(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield rows with the same columns together: a table each."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    yield from groups.values()


def cell(value: Any) -> str:
    """Return a figure as people read it."""
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def averages(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what rows of instances come to: unserved in all, each kind of gap on average and at worst.

    Columns whose name begins with ``gap`` or ``worth`` count, and the seconds; None is passed over. How many
    instances a gap stands for is told beside it, as a gap exists only where as much is served as in the best known plan.

    >>> averages([{"unserved": 0, "gap": 0.02, "wall_s": 1.0}, {"unserved": 1, "gap": None, "wall_s": 3.0}])
    {'instances': 2, 'unserved': 1, 'gap_mean': 0.02, 'gap_worst': 0.02, 'gap_known': 1, 'gap_at_most_0': 0, 'wall_s_mean': 2.0}
    """  # noqa: E501
    found: dict[str, Any] = {"instances": len(rows)}
    if any(row.get("unserved") is not None for row in rows):
        found["unserved"] = sum(row.get("unserved") or 0 for row in rows)
    for key in dict.fromkeys(key for row in rows for key in row if key.startswith(("worth", "gap", "wall_s"))):
        known = [row[key] for row in rows if row.get(key) is not None]
        if known:
            found[f"{key}_mean"] = fmean(known)
        if known and key.startswith("gap"):
            found[f"{key}_worst"] = max(known)
        if known and key.startswith("gap_"):
            found[f"{key}_median"] = median(known)
        if known and key == "gap":
            found |= {"gap_known": len(known), "gap_at_most_0": sum(gap <= 0 for gap in known)}
    return found
