"""The command line's entry, also as ``python -m insights_nb``."""

from __future__ import annotations

import contextlib
import sys

from insights_nb._signals import INTERRUPTED, end_at_once, leave_output


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the console script's entry.

    Loading it takes a moment, in which Ctrl-C is no fault either.
    """
    end_at_once()
    try:
        from insights_nb import cli

        cli.main(arguments)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            print("Interrupted.", file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(INTERRUPTED)
    finally:
        leave_output()


if __name__ == "__main__":
    main()
