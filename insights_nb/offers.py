"""What a source listed when it was last asked: from this follows what it will soon list no more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from insights_nb.errors import OffersError
from insights_nb.files import write_atomically
from insights_nb.periods import GRANULARITIES, Granularity, Period

SILENCE: dict[Granularity, int] = {"week": 26, "month": 6}
"""After more periods than these without a report, a series has ended."""

Series = tuple[str, str, Granularity]
"""Kind, namespace and granularity: what has one report in each period."""


@dataclass(frozen=True)
class Offer:
    """The periods of one series that a source listed.

    Parameters
    ----------
    namespace
        Whose reports they are.
    kind
        Report kind as in `insights_nb.schema.REPORTS`.
    granularity
        Of all its periods.
    asked
        When the source was asked, as an ISO time in UTC.
    periods
        The labels that it listed, oldest first, such as ``("2026-W46", "2026-W47")``.
    source
        Which source listed them: ``"reports"`` or ``"exports"``; empty where that was not recorded.
    asked_for
        The namespace that it was asked for, which may be spelt otherwise in the reports.
    """

    namespace: str
    kind: str
    granularity: Granularity
    asked: str
    periods: tuple[str, ...]
    source: str = ""
    asked_for: str = ""

    @property
    def series(self) -> Series:
        """What it is an offer of; a later one takes its place."""
        return (self.kind, self.namespace, self.granularity)

    @property
    def asked_on(self) -> dt.date:
        """The day on which the source was asked, in UTC."""
        asked = dt.datetime.fromisoformat(self.asked)
        return (asked.astimezone(dt.UTC) if asked.tzinfo else asked).date()

    def silent(self, today: dt.date) -> bool:
        """Tell whether nothing came for longer than a source is ever late."""
        last = max(self.starts())
        return last.shift(SILENCE[last.granularity] + 1) < Period.containing(
            today, last.granularity
        )

    def starts(self) -> list[Period]:
        """Return the periods, oldest first."""
        return sorted(Period.parse(label, self.granularity) for label in self.periods)


def read(path: Path) -> list[Offer]:
    """Read the offers, one for each series; none where the file does not exist.

    Raises
    ------
    OffersError
        If the file is no such list.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    try:
        return [_parse(one) for one in json.loads(content)["offers"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OffersError(path, f"it cannot be read ({type(error).__name__}: {error})") from error


def write(path: Path, offers: Iterable[Offer]) -> None:
    """Write the offers in place of those before; of one series the newest stays."""
    newest: dict[Series, Offer] = {}
    for offer in sorted(offers, key=lambda one: one.asked):
        newest[offer.series] = offer
    listed = [asdict(newest[series]) for series in sorted(newest)]
    text = json.dumps({"offers": listed}, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, lambda file: file.write(text.encode()))


_FIELDS = tuple(field.name for field in fields(Offer))
# Earlier versions did not write them.
_ADDED = ("source", "asked_for")


def _parse(values: dict[str, Any]) -> Offer:
    # A newer version's extra fields are not ours to judge.
    known = {name: values[name] for name in _FIELDS if name not in _ADDED or name in values}
    texts = [known.get(name, "") for name in ("namespace", "kind", "asked", *_ADDED)]
    if not all(isinstance(one, str) for one in texts) or known["granularity"] not in GRANULARITIES:
        raise ValueError("namespace, kind, granularity or asked is something else")
    offer = Offer(**known | {"periods": tuple(known["periods"])})
    # Here rather than at the first use, where nobody would know the file.
    offer.starts()
    dt.datetime.fromisoformat(offer.asked)
    return offer
