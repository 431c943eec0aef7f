"""One file to one typed frame, with notes on what was odd.

`read_report` gives a pandas frame; `read_file` and `read_bytes` give the archive all that is known
of a file. Nothing is guessed quietly: what cannot be trusted is refused with its line and column.
"""

from insights_nb.reading.results import (
    LEADING,
    ReadResult,
    notes,
    read_bytes,
    read_file,
    read_report,
    to_pandas,
)
from insights_nb.reading.sniffing import load

__all__ = [
    "LEADING",
    "ReadResult",
    "load",
    "notes",
    "read_bytes",
    "read_file",
    "read_report",
    "to_pandas",
]
