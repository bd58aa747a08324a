"""Files and DataFrames become typed rows; every fault of every table is found before anything is refused.

`read_tables` opens the sources (`sources`), finds the declared columns (`headings`), reads the cells (`parsing`),
looks up the names that point to other tables (`references`) and gives the good rows with all faults (`rows`).
"""

from fieldops.tables.reading import Source as Source
from fieldops.tables.reading import read_tables as read_tables
from fieldops.tables.rows import Skipped as Skipped
from fieldops.tables.rows import Table as Table
from fieldops.tables.rows import Tables as Tables
