"""Who gets in, and what a page may do."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado import web

from insights_nb.serving.connections import counted_address
from insights_nb.serving.guesses import Guesses


class DashboardIdentity(IdentityProvider):
    """The token, if there is one; passwords and accounts are a proxy's business."""

    @property
    def auth_enabled(self) -> bool:
        """Whether viewers need a token."""
        return bool(self.token)

    guesses: Guesses

    async def get_user_token(self, handler: web.RequestHandler) -> User | None:
        """Let in whoever brings the token in the address or a header."""
        given = self.get_token(handler)
        if not self.token or not given:
            return None
        known = self.get_user_cookie(handler)
        if known is None:
            await self.turn(handler)
        if not self._is_token(handler, given, counts=known is None):
            return None
        return known if isinstance(known, User) else self.generate_anonymous_user(handler)

    def process_login_form(self, handler: web.RequestHandler) -> User | None:
        """Let in whoever typed the token."""
        typed = handler.get_argument("password", default="")
        if typed and self._is_token(handler, typed, counts=True):
            return self.generate_anonymous_user(handler)
        return None

    async def turn(self, handler: web.RequestHandler) -> None:
        """Wait until a token of this request may be looked at."""
        stream = getattr(handler.request.connection, "stream", None)
        await self.guesses.turn(
            counted_address((handler.request.remote_ip,)),
            lambda: stream is None or stream.closed(),
        )

    def _is_token(self, handler: web.RequestHandler, given: str, *, counts: bool) -> bool:
        right = hmac.compare_digest(given.encode(), self.token.encode())
        if counts:
            note = self.guesses.right if right else self.guesses.wrong
            note(counted_address((handler.request.remote_ip,)))
        return right


# The pages' own scripts are files, so that no inline script ever runs, whoever wrote it.
PAGE_POLICY = "; ".join(
    [
        "default-src 'self'",
        # blob: is how anywidget imports a widget's module. 'unsafe-eval' is left out:
        # JupyterLab's settings schema validator, which compiles code, is not used here.
        "script-src 'self' blob:",
        # Lumino positions elements with style attributes, and the widgets' stylesheets
        # are inserted as <style> elements by their scripts.
        "style-src 'self' 'unsafe-inline'",
        # data: are the icons inside the widgets' stylesheets, blob: the PNG on its way out.
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)

# For everything that is no page: nothing in it may run, load or be framed.
NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # A link out of the page must not carry the selection, let alone a token.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def cookie_options(base_url: str) -> dict[str, Any]:
    """Return the ``_xsrf`` cookie's options; scripts have to read it, so it is not HttpOnly."""
    return {"samesite": "Strict", "path": base_url}


def visitor(handler: web.RequestHandler) -> str | None:
    """Return the visitor's session that a request belongs to, or None where it brings none."""
    # Signed, so that nobody can be made to use a session that somebody else thought out.
    brought = handler.get_signed_cookie(_visitor_cookie(handler))
    return brought.decode() if brought else None


def keep_visitor(handler: web.RequestHandler, base_url: str) -> None:
    """Give a page's visitor a session, or the same again: all tabs of one browser share it.

    The token is everybody's, and does not identify who asks.
    """
    handler.set_signed_cookie(
        _visitor_cookie(handler),
        visitor(handler) or secrets.token_urlsafe(32),
        # Until the browser ends.
        expires_days=None,
        path=base_url,
        httponly=True,
        # Not Strict: whoever opens a second tab by a link from elsewhere would get another session,
        # and the first tab would lose its kernel.
        samesite="Lax",
        secure=handler.request.protocol == "https",
    )


def _visitor_cookie(handler: web.RequestHandler) -> str:
    # Cookies know no ports: two dashboards of one machine would take each other's.
    return "visitor-" + re.sub(r"[^A-Za-z0-9]", "-", handler.request.host)
