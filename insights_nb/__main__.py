"""The command line's entry, also as ``python -m insights_nb``."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the console script's entry.

    Loading it takes a moment, in which Ctrl-C is no fault either.
    """
    try:
        from insights_nb import cli

        cli.main(arguments)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201 - the command line prints
        sys.exit(130)


if __name__ == "__main__":
    main()
