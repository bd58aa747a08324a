"""Write docs/tables.md from the columns that the library declares: ``python tools/tables_page.py``.

A test holds the page against the code, so that no column goes undocumented.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fieldops.columns import Column
from fieldops.inventory.deliveries import COLUMNS as DELIVERED
from fieldops.inventory.intake import COLUMNS, OPTIONAL
from fieldops.inventory.overrides import COLUMNS as DECIDED
from fieldops.inventory.purchases import COLUMNS as PURCHASED
from fieldops.routing.headings import declared

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tables.md"
ORDER = (
    "jobs",
    "technicians",
    "shifts",
    "depots",
    "customers",
    "travel",
    "parts",
    "stock",
    "usage",
    "purchase_orders",
    "overrides",
    "stockouts",
    "stock_history",
    "deliveries",
)
HEAD = """# Tables

Made by `python tools/tables_page.py` from the columns that the library declares; don't edit.

Files are CSV (UTF-8 with or without BOM, GB18030), Excel (`book.xlsx#sheet`) or Parquet. Ids stay text: `00123`,
`1E5` and `NA` survive.
Moments are local times of the run's zone (`2026-11-23 09:30`), or state their offset; a table does one or the other.
Several values in a cell are separated by `;`. Columns that nobody reads are left alone, unless they look like a
misspelt one.
"""


def page() -> str:
    """Return the page."""
    columns = [*declared(), *COLUMNS, *OPTIONAL, *DELIVERED, *PURCHASED, *DECIDED]
    parts = [HEAD]
    for table in ORDER:
        parts.append(f"## {table}\n\n| column | | also called | meaning |\n|---|---|---|---|")
        parts.extend(_rows([column for column in columns if column.table == table]))
        parts.append("")
    return "\n".join(parts)


def _rows(columns: Iterable[Column]) -> list[str]:
    seen: dict[str, Column] = {}
    for column in columns:
        seen.setdefault(column.name, column)
    return [
        f"| `{column.name}` | {'required' if column.required else ''} | {'、'.join(column.aliases)} | {column.help} |"
        for column in seen.values()
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
