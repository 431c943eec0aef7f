"""One module per question: frames in, frames out.

What every metric of an archive does:

- ``archive`` is where the reports are. ``selection`` says granularity, time range and repositories;
  without one it is 6 months of weeks of every repository. Where the measure does not matter, it is
  said.
- It returns a frame of its own, whose ``attrs["granularity"]`` is the selection's. A count is
  missing where the report is not there, and 0 where it is and names nothing.
- It raises `insights_nb.errors.UnknownNameError` if the selection names a repository that no
  report does, and `insights_nb.errors.ReportNeededError` if no report of that granularity answers.
"""
