"""What country codes mean.

The names are those of Unicode CLDR in English; ``scripts/build_countries.py`` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

NOT_NAMED = "not named"
"""What stands for a missing code."""

_FILE = Path(__file__).with_name("countries.json")


@cache
def countries() -> Mapping[str, str]:
    """Return English names by ISO 3166-1 alpha-2 code, such as ``"NA"`` → ``"Namibia"``.

    Returns
    -------
    Mapping
        In the order of the codes. Besides the official ones it has what reports and address
        databases use beyond them, such as ``XK`` (Kosovo) and ``EU`` (European Union).

    Notes
    -----
    Source: Unicode CLDR.
    """
    names: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType(names)


def country_name(code: object) -> str:
    """Name a country in English.

    Parameters
    ----------
    code
        An ISO 3166-1 alpha-2 code, in capitals as reports write it; ``None``, ``NaN`` and
        ``pandas.NA`` are missing. Namibia's is the text ``"NA"``.

    Returns
    -------
    str
        Its name; the code itself where it is not known; `NOT_NAMED` where it is missing.
    """
    # Not with pandas' help, which takes longer to import than everything here.
    return countries().get(code, code) if isinstance(code, str) else NOT_NAMED
