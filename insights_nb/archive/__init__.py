"""A folder of reports: originals untouched, Parquet beside them, a ledger of what counts.

The folder can be read without this package::

    ledger.jsonl                          one line per original, appended last
    originals/KIND/GRANULARITY/…          the files as they came, byte for byte
    parquet/KIND/GRANULARITY/….parquet    the same rows, typed; can be rebuilt from the originals
    offers.json                           which periods the sources listed when last asked
    events.csv                            the publisher's own events, where there is such a file
    clients.csv                           what its own clients are for, likewise
    tags.csv                              how its own tags are read, likewise
    .lock, .incoming/                     one writer at a time, and what it is writing

One process writes at a time; any number read meanwhile, and never see half a report.

Glossary
--------
report
    What Docker publishes for one kind, publisher, granularity and period, as the Trends of a week;
    the legacy summary has one for each of its levels.
original
    The bytes of a file as they came. The same bytes are kept once.
answer, part
    The files that a source gave for a report in one go are one answer, and each is a part of it.
    An answer counts when all its parts are there.
revision
    An answer for a report that had one already, with other rows. All are kept, the newest counts.
entry
    The ledger's line for one original: which reports it brings, as which part of which answer.
view
    What tells reports apart that are of the same kind and period and do not replace each other.
ledger
    All entries, and what became of them later: a withdrawal, a rebuilt Parquet file, a lost line.
    Nothing in it is ever rewritten, and the order of its lines means nothing.
history
    What the ledger comes to: which entries count, as which revision, and which do not.
commit, journal
    Files and ledger lines that come into the folder together or not at all; the journal is what a
    commit is about to do, for whoever finishes it after a kill.
withdrawal
    A ledger line by which an original counts no more, or again. Its bytes stay.
offer
    A period that a source listed when it was last asked.
"""

from insights_nb.archive.folder import Archive as Archive
