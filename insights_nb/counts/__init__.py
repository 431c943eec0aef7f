"""What the reports count, as tables that are added up once: the only place that reads rows.

Here it is decided which rows count, names are completed and big reports are grouped
(`insights_nb.rollup`). A metric asks once, and gets a small table and what is missing of it.

- A *source* (`sources`) is a report, or the rows of it that count each pull once.
- A *table* (`tables`) is what a source adds up to per period, publisher, repository and more.
- A *span* (`spans`) is the time range of an answer, and whose reports are there of it: a count
  that no row states is 0 where the report is there, and missing where it is not.

A table's texts may be numbers (`coding`); it is kept by the process, and of large archives on disk
for all processes (`insights_nb.caching`, filled by `warming`).
"""
