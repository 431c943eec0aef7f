"""Write the months' names in the languages that spreadsheets are used in, from Babel.

Run it after raising Babel (a test compares)::

    python scripts/build_months.py
"""

from __future__ import annotations

import json
from collections import defaultdict

from babel.dates import get_month_names

from insights_nb.reading.day_orders import MONTHS_FILE

LANGUAGES = (
    "en",
    "cs",
    "da",
    "de",
    "es",
    "fi",
    "fr",
    "hu",
    "it",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "sv",
    "tr",
)
# What Excel writes and Unicode CLDR does not know.
_EXCEL = {"mrz": 3, "mär": 3, "sept": 9}


def names() -> dict[str, str]:
    """Return each name that is one month's in all languages, in lower case, with its number."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for month, name in get_month_names(width, context, language).items():
                    found[str(name).strip(". ").lower()].add(month)
    for name, month in _EXCEL.items():
        found[name].add(month)
    return {
        name: f"{months.pop():02d}"
        for name, months in sorted(found.items())
        if len(months) == 1 and name.isalpha()
    }


def text() -> str:
    """Return the file's text; the same on every run."""
    return json.dumps(names(), ensure_ascii=False, indent=0) + "\n"


def main() -> None:
    """Write the file beside its module."""
    MONTHS_FILE.write_text(text(), encoding="utf-8", newline="\n")
    print(f"{MONTHS_FILE.name}: {MONTHS_FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
