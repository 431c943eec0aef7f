"""What no report held tells: in a line on the page, and how to get it for who runs the command."""

from __future__ import annotations

from insights_nb.archive import Archive
from insights_nb.errors import ReportNeededError
from insights_nb.metrics.pull_sources import DEFINITION_OF
from insights_nb.publish.review.numbers import listed
from insights_nb.publish.review.pieces import Section, Words
from insights_nb.schema import REPORTS

ADVICE = "advice: "
"""What the names of facts begin with that are for who runs the command, and not on the page."""

_LEGACY = ("image_pulls_summary", "image_pulls_raw")
# Of these it is not enough that some file is held.
_LEVELS = {"summary": "tag level", "image_pulls_summary": "tag or digest level"}


def nothing(archive: Archive, error: ReportNeededError) -> Section:
    """Say on the page that no report tells, and hand on what to do about it."""
    own = [kind for kind in error.kinds if _may_come(archive, kind)]
    said = f"No monthly report that is held tells of {error.what}"
    if not own:
        return Section([Words(f"{said}; the publisher's program has none that does.", "nothing")])
    coarse = [kind for kind in own if archive.available(kind, "month")]
    if coarse:
        levels = [f"{REPORTS[kind].title} at {_LEVELS[kind]}" for kind in coarse]
        said += f": {listed(levels)} is not held"
    titles = [
        f"{REPORTS[kind].title}{f' at {_LEVELS[kind]}' if kind in coarse else ''}" for kind in own
    ]
    advice = (
        f"To have {error.what} in the review, download {' or '.join(titles)} by month from Docker "
        "Hub and add it: insights-nb add FILES, or run insights-nb fetch."
    )
    return Section([Words(f"{said}.", "nothing")], facts={f"{ADVICE}{error.what}": advice})


def _may_come(archive: Archive, kind: str) -> bool:
    """Tell whether a publisher whose reports these are can have one of a kind at all."""
    held = {entry.kind for entry in archive.entries()}
    legacy, other = held & {*_LEGACY}, held - {*_LEGACY}
    if kind in _LEGACY:
        return bool(legacy) or not other
    # The API answers to publishers of either program.
    return not legacy or any(DEFINITION_OF.get(one) != "API" for one in other)
