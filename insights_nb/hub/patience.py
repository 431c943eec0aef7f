"""How long to wait before asking again, and when to give up."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import tenacity

from insights_nb.errors import HubError

T = TypeVar("T")

TOO_MANY = 429


@dataclass(frozen=True)
class Patience:
    """How often and how long something is tried.

    Parameters
    ----------
    attempts
        How often in all.
    first
        Seconds before the second attempt; each later wait is about twice as long.
    longest
        The longest such wait, in seconds.
    asked
        The longest wait that a server may ask for, in seconds; beyond it the run ends with the time
        to come back.
    total
        Seconds waited in all for one request.
    timeout
        Seconds to wait for a connection and between two pieces of an answer.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 30.0
    asked: float = 600.0
    total: float = 900.0
    timeout: float = 60.0


@dataclass(frozen=True)
class Failed:
    """An attempt that may do better next time.

    Parameters
    ----------
    error
        What to raise when it was the last.
    after
        The wait that the server asked for, in seconds.
    """

    error: HubError
    after: float | None = None


def asked_wait(status: int, headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Return the seconds that an answer asks to wait, or None where it does not say.

    ``Retry-After`` holds seconds or a date, the older ``X-Retry-After`` a Unix time, and so does
    ``X-RateLimit-Reset``, which every answer may carry and only a 429 means.

    Parameters
    ----------
    status
        HTTP status.
    headers
        The answer's; looked up without regard to case by the caller's mapping.
    now
        The time now, in UTC.
    """
    if (value := headers.get("Retry-After")) is not None:
        if (seconds := _number(value)) is not None:
            return max(0.0, seconds)
        if (date := _date(value)) is not None:
            return max(0.0, (date - now).total_seconds())
    for name in ("X-Retry-After", "X-RateLimit-Reset")[: 2 if status == TOO_MANY else 1]:
        if (moment := _number(headers.get(name, ""))) is not None:
            return max(0.0, moment - now.timestamp())
    return None


def persist(
    attempt: Callable[[], T | Failed], patience: Patience, sleep: Callable[[float], None]
) -> T:
    """Try until it works, the failure is final, or the patience is at its end.

    Waits as long as the server asks, else exponentially longer with some jitter, so that many
    clients do not come back at once. `attempt` returns `Failed` where trying again makes sense.

    Raises
    ------
    HubError
        The last failure's, or whatever `attempt` raises.
    """
    backoff = tenacity.wait_exponential_jitter(
        multiplier=patience.first, max=patience.longest, jitter=patience.first
    )

    def wait(state: tenacity.RetryCallState) -> float:
        failed = _last(state)
        asked = failed.after if isinstance(failed, Failed) else None
        # A server's clock may be ahead of the limit's by a moment.
        return backoff(state) if asked is None else asked + min(patience.first, 0.5)

    def stop(state: tenacity.RetryCallState) -> bool:
        spent = state.idle_for + state.upcoming_sleep
        return state.attempt_number >= patience.attempts or spent > patience.total

    result = tenacity.Retrying(
        sleep=sleep,
        stop=stop,
        wait=wait,
        retry=tenacity.retry_if_result(lambda value: isinstance(value, Failed)),
        retry_error_callback=_last,
    )(attempt)
    if isinstance(result, Failed):
        # Here, not where it was seen: a cause's text would hold the whole address.
        raise result.error
    return result


def _last(state: tenacity.RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None


def _number(text: str) -> float | None:
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _date(text: str) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)
