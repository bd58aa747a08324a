"""Parquet files read whole columns at a time: what is too large for tables that look at every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fieldops import cells
from fieldops.columns import Column
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.inventory.history import Names
from fieldops.tables.headings import match_headings

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile


@contextmanager
def opened(path: Path, table: str, texts: Sequence[str] = ()) -> Iterator[ParquetFile]:
    """Open a file, the columns `texts` as numbered words; TableError where it can't be read, then or later."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise ConfigError("reading Parquet files needs pyarrow: pip install 'fieldops[parquet]'") from None
    try:
        with ParquetFile(path, memory_map=True, read_dictionary=[*texts]) as file:
            yield file
    except (ArrowException, OSError) as error:
        cause = f"{path.name} can't be read as a Parquet file ({str(error).splitlines()[0]})"
        raise fault(table, None, "unreadable-file", cause, "write it again") from None


def fault(table: str, column: str | None, code: str, cause: str, action: str) -> TableError:
    """Make the error of one fault."""
    return TableError([Fault(table, None, column, code, cause, action)])


def headings(path: Path, table: str, columns: Sequence[Column], names: Mapping[str, str]) -> dict[str, str]:
    """Give declared column -> heading for the columns that are there; TableError where one is missing or misspelt."""
    with opened(path, table) as file:
        stated = file.schema_arrow.names
    positions, faults = match_headings(stated, columns, names)
    if faults:
        raise TableError(faults)
    return {name: stated[at] for name, at in positions.items()}


def read(path: Path, table: str, columns: Sequence[Column]) -> dict[str, pa.Array]:
    """Read the declared columns of a file that are there, whole."""
    heads = headings(path, table, columns, {})
    with opened(path, table) as file:
        whole = file.read(columns=[*heads.values()])
    return {name: whole.column(heading).combine_chunks() for name, heading in heads.items()}


def numbers(column: pa.Array, table: str, heading: str) -> NDArray[np.float64]:
    """Give numbers, NaN for empty cells; TableError where the column has others."""
    import pyarrow as pa

    try:
        return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowException as error:
        cause = f"these are no numbers ({str(error).splitlines()[0]})"
        raise fault(table, heading, "bad-column", cause, "write the column as numbers") from None


def texts(column: pa.Array) -> Names:
    """Give ids as text, empty where there is none; every different cell is read once."""
    found = column if hasattr(column, "dictionary") else column.dictionary_encode()
    words = ["" if cells.empty(cell) else cells.name(cell) for cell in found.dictionary.to_pylist()]
    named = np.array([*words, ""], dtype=object)
    return np.asarray(named[found.indices.fill_null(-1).to_numpy(zero_copy_only=False)])


class Sink:
    """A Parquet file that takes its name when it is whole."""

    def __init__(self, path: Path) -> None:
        self.path, self.part = path, path.with_name(f"{path.name}.part")
        self._writer: Any = None

    def __enter__(self) -> Sink:
        return self

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows; all frames have the columns of the first."""
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
        if self._writer is None:
            self._writer = ParquetWriter(self.part, table.schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
            if kind is None:
                self.part.replace(self.path)
            else:
                self.part.unlink()
