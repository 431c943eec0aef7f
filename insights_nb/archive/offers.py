"""What a source listed when it was last asked: from this follows what it will soon list no more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from insights_nb.errors import LedgerError
from insights_nb.files import FileSizeError, read_whole, write_atomically
from insights_nb.limits import OFFERS_BYTES
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
        """Return whether nothing came for longer than a source is ever late."""
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
    LedgerError
        If it is no such list, is larger than its limit, or may not be read.
    """
    try:
        content = read_whole(path, OFFERS_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except FileSizeError as error:
        raise _unreadable(path, f"it is too large. {OFFERS_BYTES.remedy.rstrip('.')}") from error
    except OSError as error:
        raise _unreadable(path, f"it cannot be opened ({error.strerror or error})") from error
    try:
        return [_parse(one) for one in json.loads(content)["offers"]]
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        why = f"it cannot be read ({type(error).__name__}: {str(error)[:_LONG]})"
        raise _unreadable(path, why) from error
    except RecursionError as error:
        raise _unreadable(path, "it cannot be read (it is nested too deep)") from error


def write(path: Path, offers: Iterable[Offer]) -> None:
    """Write the offers in place of those before; of one series the newest stays.

    A period in which Docker Hub cannot have counted is left out.
    """
    newest: dict[Series, Offer] = {}
    for offer in sorted(offers, key=lambda one: one.asked):
        labels = tuple(one.label for one in offer.starts() if one.is_plausible(_LAST_DAY))
        if labels:
            newest[offer.series] = replace(offer, periods=labels)
    listed = [asdict(newest[series]) for series in sorted(newest)]
    text = json.dumps({"offers": listed}, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, lambda file: file.write(text.encode()))


# Far enough for every clock; beyond, dates end, and to count on from them is an error.
_LAST_DAY = dt.date(2999, 12, 31)
# So much of what was wrong is quoted.
_LONG = 200
_FIELDS = tuple(field.name for field in fields(Offer))
# Earlier versions did not write them.
_ADDED = ("source", "asked_for")


def _parse(values: dict[str, Any]) -> Offer:
    # A newer version's extra fields are not ours to judge.
    known = {name: values[name] for name in _FIELDS if name not in _ADDED or name in values}
    texts = [known.get(name, "") for name in ("namespace", "kind", "asked", *_ADDED)]
    if not all(isinstance(one, str) for one in texts) or known["granularity"] not in GRANULARITIES:
        raise ValueError("namespace, kind, granularity or asked is something else")
    labels = known["periods"]
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise TypeError("its periods are no list of labels")
    # Half a surrogate pair could be written nowhere.
    "".join([*texts, *labels]).encode()
    offer = Offer(**known | {"periods": tuple(labels)})
    # Here rather than at the first use, where nobody would know the file.
    if not labels or not all(one.is_plausible(_LAST_DAY) for one in offer.starts()):
        raise ValueError("a series lists no period, or one in which Docker Hub cannot have counted")
    if not Period.containing(offer.asked_on, "month").is_plausible(_LAST_DAY):
        raise ValueError("a source cannot have been asked at that time")
    return offer


def _unreadable(path: Path, why: str) -> LedgerError:
    return LedgerError(
        f"{path} should list the periods that the sources offer, but {why}. Remove it: the next "
        "fetch writes a new one, and no report depends on it."
    )
