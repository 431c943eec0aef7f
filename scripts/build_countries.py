"""Write the countries' English names, which take longer to load from Babel than a chart to draw.

Run it after raising Babel (a test compares)::

    python scripts/build_countries.py
"""

from __future__ import annotations

import json
from pathlib import Path

from babel import Locale
from babel.core import get_global

from insights_nb import geography

TARGET = Path(geography.__file__).with_name("countries.json")

# Invented for testing software: English with accents, and written from right to left.
_PSEUDO = {"XA", "XB"}


def names() -> dict[str, str]:
    """Return each two-letter code with the name that Unicode CLDR gives it in English."""
    territories = Locale("en").territories
    return {
        code: str(territories[code])
        for code in sorted(territories)
        if len(code) == 2 and code not in _PSEUDO
    }


def by_number() -> dict[str, str]:
    """Return the two-letter code of each ISO 3166-1 number, as text of three digits."""
    known = names()
    return {
        number: codes[0]
        for number, codes in get_global("territory_aliases").items()
        if number.isdigit() and len(codes) == 1 and codes[0] in known
    }


def text() -> str:
    """Return the file's text; the same on every run."""
    return json.dumps(names(), ensure_ascii=False, indent=0) + "\n"


def main() -> None:
    """Write the file beside its module."""
    TARGET.write_text(text(), encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
