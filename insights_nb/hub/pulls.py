"""Pull data: points per repository and period, as JSON; public for repositories that are named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from insights_nb.archive.additions import Download
from insights_nb.errors import HubNotFoundError, HubRefusedError, HubSettingError
from insights_nb.files import plain_name
from insights_nb.hub.answers import not_as_expected
from insights_nb.hub.offered import Collected, Offered
from insights_nb.periods import Granularity

if TYPE_CHECKING:
    from insights_nb.hub.transport import Hub, Json

_ANALYTICS = "/api/publisher/analytics/v1"
_PUBLIC = "/api/publisher/proxylytics/v1/repos/pulls"
_SPANS: dict[Granularity, str] = {"week": "weeks", "month": "months"}
# The longest window there is. A shorter one once lost a project three weeks for good.
_WINDOW = "last-12-months"
_AT_ONCE = 50
_NAME = re.compile(r"[a-z0-9_-]+/[a-z0-9]+(?:[._-]+[a-z0-9]+)*", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """Whose pull data is wanted, of one granularity.

    Parameters
    ----------
    granularity
        Weeks or months.
    namespace
        The namespace whose repositories are all wanted, where none are named.
    repositories
        Those that are wanted, ``"acme/web"``.
    """

    granularity: Granularity
    namespace: str
    repositories: tuple[str, ...] = ()


def repository_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return repositories as the API spells them, each once.

    Raises
    ------
    HubSettingError
        If one has no namespace, or characters that no repository has.
    """
    for name in names:
        if not _NAME.fullmatch(name.strip()):
            raise HubSettingError(
                f"{name!r} names no repository. Write NAMESPACE/REPOSITORY, such as acme/web."
            )
    return tuple(dict.fromkeys(name.strip().casefold() for name in names))


def requests_for(hub: Hub, questions: Sequence[Question]) -> Iterator[Offered]:
    """Yield the requests that answer some questions, 50 repositories each.

    Parameters
    ----------
    hub
        Who asks. Without an account, the public address is used, which needs repositories.
    questions
        What to ask.
    """
    for question in questions:
        names = question.repositories
        if not names:
            yield _namespace_request(hub, question)
        batches = [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
        for number, batch in enumerate(batches, start=1):
            yield _batch_request(hub, question, batch, number if len(batches) > 1 else 0)


def _namespace_request(hub: Hub, question: Question) -> Offered:
    namespace = question.namespace
    path = f"{_ANALYTICS}/namespaces/{quote(namespace, safe='')}/pulls"
    span = _SPANS[question.granularity]
    name = plain_name(f"{namespace}_pulls_{span}.json")

    def collect() -> Collected:
        answer = hub.get_json(path, _query(question) | {"group": "repo"})
        return _kept(hub, answer, path, name, ())

    return _offered(hub, question, namespace, name, path, collect)


def _batch_request(hub: Hub, question: Question, batch: tuple[str, ...], number: int) -> Offered:
    owners = {name.partition("/")[0] for name in batch}
    owner = owners.pop() if len(owners) == 1 else ""
    part = f"_{number}" if number else ""
    name = plain_name(f"{owner or 'several'}_pulls_{_SPANS[question.granularity]}{part}.json")
    path = f"{_ANALYTICS}/repos/pulls" if hub.signs_in else _PUBLIC
    collect = partial(_collect_batch, hub, question, batch, name)
    return _offered(hub, question, owner, name, path, collect)


def _offered(
    hub: Hub,
    question: Question,
    namespace: str,
    name: str,
    path: str,
    collect: Any,  # noqa: ANN401
) -> Offered:
    return Offered(
        source="pulls",
        namespace=namespace,
        name=name,
        kind="pulls",
        view="",
        granularity=question.granularity,
        period=None,
        addresses=frozenset({hub.url + path}),
        collect=collect,
        stated_kind="pulls",
    )


def _collect_batch(hub: Hub, question: Question, batch: tuple[str, ...], name: str) -> Collected:
    query = _query(question) | {"repos": list(batch)}
    if hub.signs_in:
        path = f"{_ANALYTICS}/repos/pulls"
        try:
            return _kept(hub, hub.get_json(path, query), path, name, batch)
        except (HubNotFoundError, HubRefusedError):
            # An account without a publisher's rights sees what everybody sees.
            pass
    return _kept(hub, hub.get_json(_PUBLIC, query, signed_in=False), _PUBLIC, name, batch)


def _query(question: Question) -> dict[str, str | list[str]]:
    return {"timespan": _SPANS[question.granularity], "period": _WINDOW}


def _kept(hub: Hub, answer: Json, path: str, name: str, asked: tuple[str, ...]) -> Collected:
    """Return an answer as a file to keep, or none where it is empty."""
    points = _points(answer)
    lacking = tuple(repository for repository in asked if not points.get(repository))
    notes = tuple(
        f"{each}: no pulls in the last 12 months, or no such repository." for each in lacking
    )
    if not any(points.values()):
        return Collected((), notes or ("The answer has no pulls.",), lacking)
    return Collected((Download(answer.body, name, hub.url + path),), notes, lacking)


def _points(answer: Json) -> dict[str, int]:
    """Return how many points an answer has for each repository, or for all together."""
    data = answer.data
    if isinstance(data, Mapping) and isinstance(data.get("repos", 0), Mapping | None):
        inner = data["repos"] or {}
        return {str(name).casefold(): _count(answer, one) for name, one in inner.items()}
    return {"": _count(answer, data)}


def _count(answer: Json, inner: object) -> int:
    if inner is None:
        return 0
    if not isinstance(inner, Mapping) or not isinstance(inner.get("pulls", 0), list | None):
        expected = '{"pulls": […]} or {"repos": {"a/b": {"pulls": […]}}}'
        raise not_as_expected(answer.asked, "JSON of another shape", expected)
    return len(inner["pulls"] or [])
