"""The exports of the legacy programs: a tree of years, months or weeks, and views."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from insights_nb.errors import HubError, HubNotFoundError, PeriodError, SignInError
from insights_nb.files import plain_name
from insights_nb.hub.addresses import joined, path_of
from insights_nb.hub.answers import not_as_expected
from insights_nb.hub.offered import Collected, Listing, Offered, Part, collect_parts
from insights_nb.periods import GRANULARITIES, Granularity, Period
from insights_nb.schema import UNKNOWN

if TYPE_CHECKING:
    from insights_nb.hub.transport import Hub, Json

_API = "/api/publisher/analytics/v1"
_SPANS: dict[Granularity, str] = {"week": "weeks", "month": "months"}
# Docker's own rule and more: what is asked with it, and printed.
_NAMESPACE = re.compile(r"[\w.-]{1,255}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}")
# The archive's kind and view of each of Docker's; a namespace's summary has columns of its own.
_VIEWS = {
    "raw": ("image_pulls_raw", ""),
    "summary": ("image_pulls_summary", "reference"),
    "repo-summary": ("image_pulls_summary", "repository"),
    "namespace-summary": (UNKNOWN, ""),
}


def own_namespaces(hub: Hub) -> list[str]:
    """Return the namespaces whose analytics the account may see.

    Raises
    ------
    HubError
        If that is unknown.
    """
    answer = hub.get_json(f"{_API}/")
    names = _field(answer, "namespaces")
    return [name for name in names if isinstance(name, str) and _NAMESPACE.fullmatch(name)]


class Exports:
    """The exports of one namespace.

    Parameters
    ----------
    hub
        Who asks.
    namespace
        Whose exports.
    granularities
        Weeks, months or both.
    """

    def __init__(
        self, hub: Hub, namespace: str, granularities: Sequence[Granularity] = GRANULARITIES
    ) -> None:
        self._hub = hub
        self._namespace = namespace
        self._granularities = granularities
        self._path = f"{_API}/namespaces/{quote(namespace, safe='')}"

    def listing(self) -> Listing:
        """Ask what there is; where its files are is asked when they are fetched.

        Raises
        ------
        HubError
            If the namespace has no exports.
        """
        views = self._views()
        if not any(views.values()):
            return Listing(())
        items: list[Offered] = []
        problems: list[tuple[str, str]] = []
        failed: HubError | None = None
        years = self._hub.get_json(f"{self._path}/pulls/exports/years")
        for year in _numbers(years, "years", "year"):
            for granularity, names in views.items():
                if not names:
                    continue
                try:
                    numbers = self._periods(year, granularity)
                except SignInError:
                    raise
                except HubError as error:
                    # The other lists are asked all the same: what can be had is had.
                    failed = failed or error
                    problems.append((f"the exports' {_SPANS[granularity]} of {year}", str(error)))
                    continue
                for path, number in numbers:
                    try:
                        period = _period(granularity, year, number)
                    except PeriodError:
                        when = f"{granularity} {number} of {year}"
                        problems.append((f"the exports' {when}", "no calendar has it"))
                        continue
                    items += [self._offered(f"{path}/{name}", name, period) for name in names]
        if failed and not items:
            raise failed
        return Listing(tuple(items), tuple(problems))

    def _views(self) -> dict[Granularity, list[str]]:
        """Return the views that each granularity has, in the order of `_VIEWS`."""
        answer = self._hub.get_json(self._path)
        found: dict[Granularity, set[str]] = {each: set() for each in self._granularities}
        for dataset in _field(answer, "datasets"):
            if not isinstance(dataset, Mapping) or dataset.get("name", "pulls") != "pulls":
                continue
            spans, views = dataset.get("timespans"), dataset.get("views")
            if not isinstance(spans, list) or not isinstance(views, list):
                continue
            for granularity, names in found.items():
                if _SPANS[granularity] in spans:
                    names.update(view for view in _VIEWS if view in views)
        return {each: [view for view in _VIEWS if view in found[each]] for each in found}

    def _periods(self, year: int, granularity: Granularity) -> list[tuple[str, int]]:
        span = _SPANS[granularity]
        path = f"{self._path}/pulls/exports/years/{year}/{span}"
        try:
            answer = self._hub.get_json(path)
        except HubNotFoundError:
            # The year is there, with periods of the other granularity only.
            return []
        return [(f"{path}/{number}", number) for number in _numbers(answer, span, granularity)]

    def _offered(self, path: str, view: str, period: Period) -> Offered:
        kind, level = _VIEWS[view]
        return Offered(
            source="exports",
            namespace=self._namespace,
            name=f"{self._namespace} {view} {period}",
            kind=None if kind == UNKNOWN else kind,
            view=level,
            granularity=period.granularity,
            period=period,
            # Not the files', which may have other names each time they are asked for.
            addresses=frozenset({self._hub.url + path}),
            collect=partial(self._collect, path, view, period),
            stated_kind=kind,
            # Raw files have days, which are surer than a listing.
            stated_period=None if kind == "image_pulls_raw" else period,
        )

    def _collect(self, path: str, view: str, period: Period) -> Collected:
        try:
            found = collect_parts(self._hub, lambda _: self._parts(path, view, period))
        except HubNotFoundError as error:
            if path_of(self._hub.url + path) not in error.asked:
                raise
            # Not every view has every period that the tree lists.
            return Collected((), (f"The exports list the period, but no {view} data for it.",))
        if view == "namespace-summary" and found.files:
            note = "No report that this package knows: kept whole, every column as text."
            return Collected(found.files, (*found.notes, note))
        return found

    def _parts(self, path: str, view: str, period: Period) -> list[Part]:
        answer = self._hub.get_json(path)
        listed = _field(answer, "data")
        parts = []
        for number, entry in enumerate(listed, start=1):
            url = entry.get("url") if isinstance(entry, Mapping) else None
            whole = joined(f"{self._hub.url}/", url) if isinstance(url, str) else None
            if whole is None:
                raise not_as_expected(answer.asked, "a file without a usable address", "a url")
            size = entry.get("size")
            parts.append(
                Part(
                    whole,
                    self._name(view, period, number if len(listed) > 1 else 0, whole),
                    self._hub.url + path,
                    size if isinstance(size, int) and not isinstance(size, bool) else None,
                )
            )
        return parts

    def _name(self, view: str, period: Period, number: int, url: str) -> str:
        """Return a file name that shows what the file is, as the exports' own do not."""
        last = unquote(path_of(url)).casefold()
        suffix = ".csv.gz" if last.endswith(".gz") else ".csv"
        span = {"week": "weekly", "month": "monthly"}[period.granularity]
        which = f"_part{number}" if number else ""
        start = f"{period.start:%Y_%m_%d}"
        stem = f"{self._namespace}_image_pulls_{view.replace('-', '_')}{which}_{span}_{start}"
        return plain_name(stem + suffix)


def _field(answer: Json, name: str) -> list[Any]:
    """Return a list that an answer must have; null is an empty one."""
    data = answer.data
    if not isinstance(data, Mapping) or name not in data:
        raise not_as_expected(answer.asked, "JSON of another shape", f'{{"{name}": […]}}')
    value = data[name]
    if not isinstance(value, list | None):
        raise not_as_expected(answer.asked, f"{name} that are no list", f'{{"{name}": […]}}')
    return value or []


def _numbers(answer: Json, name: str, field: str) -> list[int]:
    found = []
    for entry in _field(answer, name):
        value = entry.get(field) if isinstance(entry, Mapping) else entry
        # A year has four digits, and a week or month of it two.
        if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
            raise not_as_expected(answer.asked, f"{name} that are no numbers", f"a {field} each")
        found.append(int(str(value)))
    return found


def _period(granularity: Granularity, year: int, number: int) -> Period:
    form = f"{year:04d}-W{number:02d}" if granularity == "week" else f"{year:04d}-{number:02d}"
    return Period.parse(form, granularity)
