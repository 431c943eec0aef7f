"""Write the JavaScript that draws charts: Vega, Vega-Lite and Vega-Embed in one module.

Run it after raising vl-convert or Altair, whose Vega-Lite versions have to agree (a test checks)::

    python scripts/build_vega.py
"""

from __future__ import annotations

import re
from pathlib import Path

import vl_convert

VEGA_LITE = "6.4"
TARGET = Path(__file__).parents[1] / "insights_nb" / "widgets" / "static" / "vega.js"

_EXPORTS = "export { vegaEmbed, vega, vegaLite };"
# The actions menu is never shown, so nothing needs a way to somebody else's editor.
_EDITOR = "https://vega.github.io/editor/"
_CDN = re.compile(r"cdn\.jsdelivr|unpkg\.com|cdnjs\.cloudflare|esm\.sh")


def bundle() -> str:
    """Return the module's source; the same bytes on every run.

    Raises
    ------
    RuntimeError
        If the libraries' source names a CDN.
    """
    source: str = vl_convert.javascript_bundle(_EXPORTS, vl_version=VEGA_LITE)
    source = source.replace(_EDITOR, "about:blank")
    if found := _CDN.search(source):
        raise RuntimeError(f"The bundle names {found[0]}; replace it in scripts/build_vega.py.")
    return source if source.endswith("\n") else source + "\n"


def main() -> None:
    """Write the bundle beside the chart widget."""
    TARGET.write_text(bundle(), encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, Vega-Lite {VEGA_LITE}")


if __name__ == "__main__":
    main()
