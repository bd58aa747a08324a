"""Files and DataFrames become typed rows; every fault of every table is found before anything is refused.

`read_tables` opens the sources (`sources`), finds the declared columns (`headings`), reads the cells (`parsing`),
looks up the names that point to other tables (`references`) and gives the good rows with all faults (`rows`).

Codes of faults
---------------
Of a whole table: ``missing-table``, ``unknown-table``, ``missing-file``, ``unreadable-file``, ``wrong-encoding``,
``too-large``, ``missing-sheet``, ``empty-table``, ``missing-heading``, ``duplicate-heading``, ``missing-column``,
``misspelt-column``, ``unknown-column``.

Of a row: ``ragged-row``, ``empty-cell``, ``bad-value``, ``duplicate-id``, ``mixed-zones``, and ``unknown-skill``,
``unknown-technician``, ``unknown-part`` ... for a name that isn't where its column refers to.
"""

from fieldops.tables.reading import Source as Source
from fieldops.tables.reading import read_tables as read_tables
from fieldops.tables.rows import Skipped as Skipped
from fieldops.tables.rows import Table as Table
from fieldops.tables.rows import Tables as Tables
