"""Controls that a page sets itself, which is no choice of the viewer's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Quiet:
    """Changes of several controls at once, of which their observers are not told.

    Examples
    --------
    >>> quiet = Quiet()
    >>> told = []
    >>> tell = quiet.observer(told.append)
    >>> with quiet.changes():
    ...     tell("set by the page")
    >>> tell("chosen")
    >>> told
    ['chosen']
    """

    def __init__(self) -> None:
        self._changing = False

    @contextmanager
    def changes(self) -> Iterator[None]:
        """Tell nobody of what changes within."""
        before, self._changing = self._changing, True
        try:
            yield
        finally:
            self._changing = before

    def observer(self, tell: Callable[..., None]) -> Callable[..., None]:
        """Return what tells of every other change."""

        def observe(*change: Any) -> None:  # noqa: ANN401 - as traitlets call it
            if not self._changing:
                tell(*change)

        return observe
