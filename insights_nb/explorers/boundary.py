"""Where errors stop: a viewer gets one plain sentence, the log gets the rest."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from traitlets.log import get_logger

from insights_nb.errors import InsightsError

Tell = Callable[[str], None]


@contextmanager
def boundary(tell: Tell) -> Iterator[None]:
    """Turn whatever goes wrong inside into one sentence for the viewer.

    Parameters
    ----------
    tell
        Shows a sentence. An `InsightsError` is the user's to put right and shows its own message;
        anything else is ours, and shows a number under which the log has the traceback.
    """
    try:
        yield
    except InsightsError as error:
        tell(str(error))
    except Exception:
        number = secrets.token_hex(4)
        # In a kernel this is the kernel's own log, which reaches the server's and not the page.
        log = cast(logging.Logger, get_logger())
        log.exception("Error %s", number)
        tell(
            f"Something went wrong on our side (error {number}). Reload the page; if it comes "
            "again, tell whoever runs this dashboard the number."
        )
