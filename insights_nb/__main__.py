"""Runs the command line as ``python -m insights_nb``."""

from insights_nb.cli import main

if __name__ == "__main__":
    main()
