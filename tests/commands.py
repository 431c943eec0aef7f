"""The command line within this process: what it prints and how it ends, without a start's seconds.

What only a process of its own has (signals, a full disk, the moment of loading) is tested with one.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from insights_nb.__main__ import main


def command(
    *arguments: object, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run ``insights-nb`` with these arguments, in a folder."""
    printed, complained = io.StringIO(), io.StringIO()
    given = [str(one) for one in arguments]
    told = {"NO_COLOR": "1", "COLUMNS": "100"} | dict(environment or {})
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, told))
        stack.enter_context(contextlib.chdir(cwd or Path.cwd()))
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(complained))
        code = _ended(given)
    return CompletedProcess(given, code, printed.getvalue(), complained.getvalue())


def _ended(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
