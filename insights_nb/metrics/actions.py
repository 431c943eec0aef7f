"""What somebody meant by their requests: a version check, a pull by tag or a pull by digest."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights_nb.errors import FrameError, FrameTypeError
from insights_nb.frames import Column, frame
from insights_nb.metrics.action_groups import (
    GET_DIGEST,
    GET_TAG,
    HEAD,
    UNKNOWN,
    Requests,
    group_requests,
)
from insights_nb.selection import not_offered

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("client", "time", "method", "reference", "digest", "repository")
"""What `classify_actions` reads of each request."""

WINDOW = "5s"
"""How long after its first request an action may go on, unless said otherwise."""


@frame(
    "one pull or version check, of one request or several",
    ("image_pulls_raw",),
    "kind client repository start end tag digest event_count events",
    Column("start", "When its first request came."),
    Column("end", "When its last request came."),
    Column("event_count", "How many requests it is made of.", "requests"),
    Column("events", "Which requests it is made of: labels of the frame's index, as JSON."),
)
def classify_actions(events: pd.DataFrame, *, window: str | dt.timedelta = WINDOW) -> pd.DataFrame:
    """Tell which requests belong together, and what each client meant by them.

    Parameters
    ----------
    events
        One row per request for an image's manifest, in any order, with the columns

        - ``client``: who asked, text or numbers, such as an address;
        - ``time``: when, ``datetime64``, with or without a time zone;
        - ``method``: ``HEAD`` or ``GET``, in any letter case;
        - ``reference``: the tag or digest that was asked for, text; what holds a colon, such as
          ``sha256:…``, is a digest, because no tag can;
        - ``digest``: the digest that a tag led to, text; may be missing, and is not read where
          the reference is a digest itself;
        - ``repository``: which image.

        Other columns are not read. Index labels should be unique, since they name the requests.
    window
        How long after an action's first request it may go on, both ends included: ``"5s"``, or
        a `datetime.timedelta`.

    Returns
    -------
    pandas.DataFrame
        One row per action, by start, client and repository: ``kind`` (``version_check``,
        ``pull_by_tag`` or ``pull_by_digest``), ``client``, ``repository``, ``start`` and ``end``
        (the times of its first and last request), ``tag`` (missing for a pull by digest),
        ``digest`` (what its first request asked for or was led to; missing where that is not
        known), ``event_count`` (``Int64``) and ``events`` (a tuple of index labels, in order of
        time). The columns taken from the requests keep their types. Every request is in exactly
        one action; an action never mixes clients or repositories.

    Raises
    ------
    FrameError
        If a column is missing, or there twice; if a request lacks its client, time, method,
        reference or repository; if a method is neither HEAD nor GET.
    FrameTypeError
        If the times are not dates and times, or method, reference or digest are not text.
    SelectionError
        If the window is no length of time, or a negative one.

    Notes
    -----
    Docker's table of action classification rules decides:

    ============== ========= ============================================== ==============
    First request  Reference Followed by                                    Action
    ============== ========= ============================================== ==============
    HEAD           tag                                                      version check
    GET            tag                                                      pull by tag
    GET            tag       GET by another digest                          pull by tag
    HEAD           tag       GET by its digest                              pull by tag
    HEAD           tag       GET by its digest, then one by another digest  pull by tag
    GET            digest                                                   pull by digest
    GET            digest    GET by another digest                          pull by digest
    HEAD           digest                                                   pull by digest
    HEAD           digest    GET by the same digest                         pull by digest
    HEAD           digest    GET by the same digest, then one by another    pull by digest
    ============== ========= ============================================== ==============

    Where that table is silent:

    - Only a GET by digest can go on with an action. A HEAD and a GET by tag always start one, so
      a HEAD by tag that a GET by tag follows is a version check and a pull by tag.
    - A GET by digest goes first to a HEAD for that digest that still waits for its GET, else to
      an action that has its GET and whose digest is another, else it starts an action. Of several
      the one begun or continued last takes it: requests of others in between do no harm.
    - No action has more GETs than the table gives it: a third starts an action.
    - A digest that is not known is neither the same as another nor different from it.
    - Of requests of the same time HEADs come first, then GETs by tag, then the GETs by digest that
      a HEAD waits for; what is left to choose goes by digest, reference and label.
    """
    _check_columns(events)
    times = _times(events)
    return _frame(events, times, _limit(window, times))


def _frame(events: pd.DataFrame, times: pd.DatetimeIndex, limit: int) -> pd.DataFrame:
    heads = _heads(_text(events, "method"))
    reference = _text(events, "reference")
    digests = _text(events, "digest", required=False)
    groups = _groups(events)
    by_digest = reference.str.contains(":", regex=False).to_numpy(bool)
    digest = reference.where(by_digest, digests)
    kinds = np.where(heads, HEAD, np.where(by_digest, GET_DIGEST, GET_TAG))
    codes = _codes(digest)
    # What may decide is a key, down to the label: the input's order may not.
    place = np.lexsort(
        (_codes(pd.Series(events.index)), _codes(reference), codes, kinds, times.asi8, groups)
    )
    requests = Requests(groups[place], times.asi8[place], kinds[place], codes[place])
    actions = group_requests(requests, limit)
    counts = np.bincount(actions.of_request, minlength=len(actions.first))
    lasts = np.zeros_like(actions.first)
    lasts[actions.of_request] = np.arange(len(events))  # Of several the last one stays.
    # Actions are numbered by client, repository and start.
    order = np.argsort(requests.time[actions.first], kind="stable")
    firsts = actions.first[order]
    first, last = place[firsts], place[lasts[order]]
    lone_head = (requests.type[firsts] == HEAD) & (counts[order] == 1)
    kind = np.select(
        [by_digest[first], lone_head], ["pull_by_digest", "version_check"], default="pull_by_tag"
    )
    # Of two GETs of the same time the one by the action's own digest was the first.
    is_other = requests.digest != requests.digest[actions.first[actions.of_request]]
    by_action = np.lexsort((is_other, actions.of_request))
    labels = events.index.take(place[by_action]).tolist()
    ends = np.cumsum(counts)[order].tolist()
    taken = [
        tuple(labels[end - count : end])
        for end, count in zip(ends, counts[order].tolist(), strict=True)
    ]
    # A frame without rows need not have the right types.
    time = events["time"] if len(events) else times.to_series()
    return pd.DataFrame(
        {
            "kind": pd.Series(kind, dtype="str"),
            "client": _rows(events["client"], first),
            "repository": _rows(events["repository"], first),
            "start": _rows(time, first),
            "end": _rows(time, last),
            "tag": _rows(reference.mask(by_digest), first),
            "digest": _rows(digest, first),
            "event_count": pd.Series(counts[order], dtype="Int64"),
            "events": pd.Series(taken, dtype="object"),
        }
    )


def _rows(values: pd.Series, places: NDArray[np.int64]) -> pd.Series:
    return values.iloc[places].reset_index(drop=True)


def _groups(events: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number per client and repository, in their order."""
    clients = _codes(_present(events, "client"))
    repositories = _codes(_present(events, "repository"))
    return clients * (int(repositories.max(initial=0)) + 1) + repositories


def _codes(values: pd.Series) -> NDArray[np.int64]:
    """Return each value's rank, as a number or a text; a missing value's is `UNKNOWN`."""
    codes, uniques = pd.factorize(values)
    ranked = pd.Series(uniques)
    if not pd.api.types.is_numeric_dtype(ranked):
        ranked = ranked.astype("str")
    order = ranked.argsort(kind="stable").to_numpy(np.int64)
    # The last place is where a missing value's code, -1, points to.
    rank = np.full(len(order) + 1, UNKNOWN, np.int64)
    rank[order] = np.arange(len(order))
    return rank.take(codes)


def _heads(methods: pd.Series) -> NDArray[np.bool_]:
    """Tell which requests are HEADs, the others being GETs."""
    codes, uniques = pd.factorize(methods)
    for code, method in enumerate(uniques):
        if method.upper() not in ("HEAD", "GET"):
            rows = np.flatnonzero(codes == code)
            raise FrameError(
                f"{_whose(methods.index[rows[0]], len(rows))} the method {method[:40]!r}. Only "
                "HEAD and GET ask for an image: leave other requests out."
            )
    return np.array([method.upper() == "HEAD" for method in uniques], np.bool_)[codes]


def _check_columns(events: pd.DataFrame) -> None:
    names = list(events.columns)
    missing = [column for column in COLUMNS if column not in names]
    doubled = [column for column in COLUMNS if names.count(column) > 1]
    if missing or doubled:
        seen = [f"lack {', '.join(missing)}"] if missing else []
        seen += [f"have {', '.join(doubled)} twice"] if doubled else []
        raise FrameError(
            f"The events {' and '.join(seen)}. Give a frame with each of the columns "
            f"{', '.join(COLUMNS)} once; DataFrame.rename gives them these names."
        )


def _present(events: pd.DataFrame, column: str) -> pd.Series:
    values = events[column]
    absent = values.isna().to_numpy(bool) | (values == "").fillna(False).to_numpy(bool)
    if absent.any():
        whose = _whose(events.index[int(absent.argmax())], int(absent.sum()))
        raise FrameError(
            f"{whose} no {column}, and no action can be told without it. Fill it in, or leave such "
            "events out."
        )
    return values


def _whose(label: object, count: int) -> str:
    return f"Event {label!r} has" if count == 1 else f"{count} events, first {label!r}, have"


def _other_type(column: str, values: pd.Series, expected: str, remedy: str) -> FrameTypeError:
    return FrameTypeError(
        f"The events' column {column} is of type {values.dtype} and should hold {expected}: "
        f"{remedy}."
    )


def _text(events: pd.DataFrame, column: str, *, required: bool = True) -> pd.Series:
    values = _present(events, column) if required else events[column]
    known = values.dropna().unique().astype(object)
    if len(known) and pd.api.types.infer_dtype(known) != "string":
        raise _other_type(column, values, "text", "read the column as text (str)")
    texts = values.astype("str")
    return texts.mask(texts == "")


def _times(events: pd.DataFrame) -> pd.DatetimeIndex:
    times = events["time"]
    if len(times) and not pd.api.types.is_datetime64_any_dtype(times):
        raise _other_type("time", times, "dates and times", "use pandas.to_datetime")
    return pd.DatetimeIndex(_present(events, "time"))


def _limit(window: str | dt.timedelta, times: pd.DatetimeIndex) -> int:
    """Return how many of the times' ticks the window lasts, at the most."""
    try:
        # A bare number would be taken for nanoseconds.
        length = pd.Timedelta(window) if isinstance(window, str | dt.timedelta) else None
    except ValueError:
        length = None
    # What is no time, such as "NaT", is not at least nothing either.
    if length is None or not length >= pd.Timedelta(0):
        raise not_offered("window", window, 'a length of time such as "5s" or "500ms"')
    return length // pd.Timedelta(1, times.unit)
