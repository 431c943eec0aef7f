"""The report catalogue: what the dashboard of the current publisher program offers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from insights_nb.files import plain_name
from insights_nb.hub.addresses import bare, joined, path_of
from insights_nb.hub.answers import not_as_expected
from insights_nb.hub.offered import Listing, Offered, Part, collect_parts
from insights_nb.reading.naming import kind_in_name, period_in_name
from insights_nb.schema import UNKNOWN

if TYPE_CHECKING:
    from insights_nb.hub.offered import Collected
    from insights_nb.hub.transport import Hub
    from insights_nb.periods import Period

_PATH = "/api/publisher/proxylytics/v1/namespaces/{}/reports"
_EXPECTED = '{"reports": [{"type": …, "url": …}]}'

Key = tuple[str, str | None, "Period | None", str]


class Catalogue:
    """The catalogue of one namespace, asked again when its signed addresses are too old.

    Parameters
    ----------
    hub
        Who asks.
    namespace
        Whose reports.
    """

    def __init__(self, hub: Hub, namespace: str) -> None:
        self._hub = hub
        self._namespace = namespace
        self._lock = threading.Lock()
        self._asked = 0
        self._parts: dict[Key, list[Part]] = {}

    def listing(self) -> Listing:
        """Ask what there is.

        Files of one type and period are the parts of one report.

        Raises
        ------
        HubError
            If there is no such catalogue.
        """
        self._parts, problems = self._ask()
        items = [self._offered(key, parts) for key, parts in self._parts.items()]
        return Listing(tuple(items), problems)

    def _offered(self, key: Key, parts: Sequence[Part]) -> Offered:
        _, kind, period, _ = key
        return Offered(
            source="reports",
            namespace=self._namespace,
            name=parts[0].name,
            kind=kind,
            view="",
            granularity=period.granularity if period else None,
            period=period,
            addresses=frozenset(part.source for part in parts),
            collect=partial(self._collect, key),
        )

    def _collect(self, key: Key) -> Collected:
        asked = self._asked

        def locate(fresh: bool) -> Sequence[Part]:
            if fresh:
                self._renew(asked)
            # A report that is no longer listed keeps its last address, and the error that it gives.
            return self._parts[key]

        return collect_parts(self._hub, locate)

    def _renew(self, asked: int) -> None:
        """Ask again, once for all the threads whose addresses are of one age."""
        with self._lock:
            if self._asked == asked:
                self._parts = self._parts | self._ask()[0]
                self._asked += 1

    def _ask(self) -> tuple[dict[Key, list[Part]], tuple[tuple[str, str], ...]]:
        answer = self._hub.get_json(_PATH.format(quote(self._namespace, safe="")))
        reports = answer.data.get("reports") if isinstance(answer.data, Mapping) else answer.data
        if isinstance(answer.data, Mapping) and "reports" in answer.data and reports is None:
            reports = []
        if not isinstance(reports, list):
            raise not_as_expected(answer.asked, "JSON of another shape", _EXPECTED)
        found: dict[Key, list[Part]] = {}
        problems = []
        for number, entry in enumerate(reports, start=1):
            if part := self._part(entry):
                found.setdefault(_key(_word(entry), part), []).append(part)
            else:
                why = f"{answer.asked} lists it without a type or a usable address"
                problems.append((f"entry {number} of the catalogue", why))
        return found, tuple(problems)

    def _part(self, entry: Any) -> Part | None:  # noqa: ANN401 - a JSON value
        if not isinstance(entry, Mapping) or not isinstance(entry.get("url"), str):
            return None
        url = joined(f"{self._hub.url}/", entry["url"])
        if url is None or not _word(entry):
            return None
        last = unquote(path_of(url)).rpartition("/")[2]
        size = entry.get("size")
        whole = size if isinstance(size, int) and not isinstance(size, bool) else None
        return Part(url, plain_name(last) or "report.csv", bare(url), whole)


def _word(entry: Mapping[str, Any]) -> str:
    word = entry.get("type")
    return word if isinstance(word, str) else ""


def _key(word: str, part: Part) -> Key:
    kinds = (kind_in_name(word), kind_in_name(part.name))
    kind = next((each for each in kinds if each not in (None, UNKNOWN)), None)
    period = period_in_name(part.name).period
    # Without a period, every file stands for itself.
    return word, kind, period, "" if period else part.source
