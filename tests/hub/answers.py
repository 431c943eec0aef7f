"""The Hub's own answers: which path says what, before any fault."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from insights_nb.errors import PeriodError
from insights_nb.periods import Granularity, parse_granularity
from tests.hub.faults import Answer, denied

if TYPE_CHECKING:
    from tests.hub.data import Store

Query = dict[str, list[str]]

_MONTHS = {"last-2-months": 2, "last-3-months": 3, "last-6-months": 6, "last-12-months": 12}
MOST_REPOSITORIES = 50
_ANALYTICS = "/api/publisher/analytics/v1"
_PROXYLYTICS = "/api/publisher/proxylytics/v1"
DOWNLOADS = "/api/publisher/downloads"


class Problem(Exception):  # noqa: N818 - an answer, not a mistake of ours.
    """An answer that is not 200."""

    def __init__(self, status: int, **body: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(status)
        self.answer = answer_json(body, status)


@dataclass
class Keys:
    """What was handed out that opens something: each is known with the moment when it expires."""

    tokens: dict[str, float] = field(default_factory=dict)
    second_steps: dict[str, float] = field(default_factory=dict)
    signatures: dict[str, tuple[str, float]] = field(default_factory=dict)


@dataclass
class Api:
    """The API's answers from what the store holds."""

    store: Store
    keys: Keys
    user: str
    secret: str
    second_factor: str | None
    token_seconds: float
    signature_seconds: float
    files: str
    url: Callable[[], str]
    files_url: Callable[[], str]

    # --- signing in -------------------------------------------------------------------------

    def post(self, path: str, body: bytes) -> Answer:
        """Answer a sign-in."""
        try:
            told = json.loads(body)
            if not isinstance(told, dict):
                raise TypeError  # noqa: TRY301 - the same answer as for no JSON.
        except (ValueError, TypeError):
            return Problem(400, message="bad request: no JSON object").answer
        steps = {
            "/v2/auth/token": self._exchange,
            "/v2/users/login": self._login,
            "/v2/users/login/": self._login,
            "/v2/users/2fa-login": self._second_login,
            "/v2/users/2fa-login/": self._second_login,
        }
        step = steps.get(path)
        return step(told) if step else Problem(404, message="page not found").answer

    def _exchange(self, told: dict[str, Any]) -> Answer:
        right = told.get("identifier") == self.user and told.get("secret") == self.secret
        # With a second factor on, a password alone opens nothing here; an access token does.
        if not right or (self.second_factor and not self.secret.startswith("dckr_")):
            return Problem(401, message="incorrect authentication credentials", errinfo={}).answer
        return answer_json({"access_token": self.new_token()})

    def _login(self, told: dict[str, Any]) -> Answer:
        if told.get("username") != self.user or told.get("password") != self.secret:
            return Problem(401, detail="Incorrect authentication credentials").answer
        if self.second_factor is None:
            return self._signed_in()
        step = secrets.token_urlsafe(24)
        self.keys.second_steps[step] = time.monotonic() + self.token_seconds
        words = "Require secondary authentication on MFA enabled account"
        return Problem(401, detail=words, login_2fa_token=step).answer

    def _second_login(self, told: dict[str, Any]) -> Answer:
        until = self.keys.second_steps.get(str(told.get("login_2fa_token")), 0)
        if until < time.monotonic() or str(told.get("code")) != self.second_factor:
            return Problem(401, detail="Incorrect authentication credentials").answer
        return self._signed_in()

    def _signed_in(self) -> Answer:
        token = self.new_token()
        answer = answer_json({"token": token})
        # The real one sets it too; a client that keeps cookies would carry it to other ports.
        answer.headers["Set-Cookie"] = f"token={token}; Path=/; HttpOnly"
        return answer

    def new_token(self) -> str:
        """Return a new JWT: three parts, opaque, good for `token_seconds`."""
        header = _base64(b'{"alg":"none","typ":"JWT"}')
        payload = _base64(
            json.dumps({"sub": self.user, "exp": int(time.time() + self.token_seconds)}).encode()
        )
        token = f"{header}.{payload}.{secrets.token_urlsafe(32)}"
        self.keys.tokens[token] = time.monotonic() + self.token_seconds
        return token

    def _signed_in_with(self, header: str | None) -> bool:
        kind, _, token = (header or "").partition(" ")
        return kind.casefold() == "bearer" and self.keys.tokens.get(token, 0) > time.monotonic()

    # --- asking -----------------------------------------------------------------------------

    def get(self, path: str, query: Query, authorization: str | None) -> Answer:
        """Answer a request."""
        public = path == f"{_PROXYLYTICS}/repos/pulls"
        if not public and not self._signed_in_with(authorization):
            return Problem(401, message="access token is expired or invalid", errinfo={}).answer
        try:
            if path.startswith(f"{DOWNLOADS}/"):
                return self._download(path.removeprefix(DOWNLOADS))
            for pattern, handler in _ROUTES:
                if match := pattern.fullmatch(path):
                    return answer_json(handler(self, query, **match.groupdict()))
            raise Problem(404, message="page not found")  # noqa: TRY301 - as the routes do.
        except Problem as problem:
            return problem.answer

    def _known(self, namespace: str) -> None:
        if namespace not in self.store.namespaces:
            words = f"namespace {namespace} does not exist or you have no permission to see it"
            raise Problem(404, message=words)

    def namespaces(self, query: Query) -> dict[str, Any]:  # noqa: ARG002 - every route has one.
        return {"namespaces": sorted(self.store.namespaces)}

    def namespace(self, query: Query, namespace: str) -> dict[str, Any]:  # noqa: ARG002
        self._known(namespace)
        datasets = self.store.datasets(namespace)
        return {"namespace": namespace, "extraRepos": [], "datasets": datasets}

    def reports(self, query: Query, namespace: str) -> dict[str, Any]:  # noqa: ARG002
        self._known(namespace)
        reports = self.store.catalogue(namespace)
        return {"reports": [{"type": r.type, "url": self._address(r.file.path)} for r in reports]}

    def years(self, query: Query, namespace: str) -> dict[str, Any]:  # noqa: ARG002
        self._known(namespace)
        return {"years": [{"year": year} for year in self.store.export_years(namespace)]}

    def spans(self, query: Query, namespace: str, year: str, spans: str) -> dict[str, Any]:  # noqa: ARG002
        self._known(namespace)
        word: Granularity = parse_granularity(spans)
        numbers = self.store.export_numbers(namespace, word, int(year))
        if not numbers:
            raise Problem(404, message=f"no {spans} for {year}")
        return {spans: [{word: number} for number in numbers]}

    def span(
        self, query: Query, namespace: str, year: str, spans: str, number: str
    ) -> dict[str, Any]:
        word = parse_granularity(spans)
        entries = self.spans(query, namespace, year, spans)[spans]
        if {word: int(number)} not in entries:
            raise Problem(404, message=f"no {word} {number} in {year}")
        return {word: int(number)}

    def export(
        self,
        query: Query,  # noqa: ARG002
        namespace: str,
        year: str,
        spans: str,
        number: str,
        view: str,
    ) -> dict[str, Any]:
        self._known(namespace)
        key = (namespace, parse_granularity(spans), int(year), int(number), view)
        files = self.store.exports.get(key)
        if files is None:
            raise Problem(404, message=f"no {view} export for that time span")
        return {"data": [{"url": self._address(one.path), "size": one.size} for one in files]}

    # --- pull data --------------------------------------------------------------------------

    def namespace_pulls(self, query: Query, namespace: str) -> dict[str, Any]:
        self._known(namespace)
        granularity, months = _asked(query)
        repositories = self.store.repositories(namespace)
        rows = [row for one in repositories for row in self.store.pulls(one, granularity, months)]
        group = query.get("group", ["namespace"])[-1]
        if group not in ("repo", "namespace"):
            raise Problem(400, message=f"invalid group {group!r}")
        if group == "namespace":
            rows = _summed(rows, namespace)
        return {"pulls": rows or None}

    def repository_pulls(self, query: Query, namespace: str, repo: str) -> dict[str, Any]:
        self._known(namespace)
        name = f"{namespace}/{repo}"
        granularity, months = _asked(query)
        if name not in self.store.repositories(namespace):
            raise Problem(404, message=f"repository {name} does not exist or no permission")
        return {"pulls": self.store.pulls(name, granularity, months) or None}

    def many_pulls(self, query: Query) -> dict[str, Any]:
        names = query.get("repos", [])
        granularity, months = _asked(query)
        if not names:
            raise Problem(400, message="repos is required")
        if len(names) > MOST_REPOSITORIES:
            words = f"too many repos: {len(names)}, the most is {MOST_REPOSITORIES}"
            raise Problem(400, message=words)
        pulls = {name: self.store.pulls(name, granularity, months) or None for name in names}
        return {"repos": {name: {"pulls": points} for name, points in pulls.items()}}

    # --- files ------------------------------------------------------------------------------

    def _address(self, path: str) -> str:
        if self.files == "signed":
            return self.sign(path)
        return f"{self.url()}{DOWNLOADS}{quote(path)}"

    def _download(self, path: str) -> Answer:
        if self.files == "redirect":
            return Answer(302, b"", {"Location": self.sign(path)})
        found = self.store.file(path)
        if found is None:
            raise Problem(404, message="object not found")
        return Answer(200, found.data, {"Content-Type": "text/csv"})

    def sign(self, path: str) -> str:
        """Return a file's address with a signature that opens it for a while."""
        signature = secrets.token_hex(32)
        self.keys.signatures[signature] = (path, time.monotonic() + self.signature_seconds)
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return (
            f"{self.files_url()}{quote(path)}?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Credential=AKIDSTANDIN%2F{date[:8]}%2Fus-east-1%2Fs3%2Faws4_request"
            f"&X-Amz-Date={date}&X-Amz-Expires={max(1, int(self.signature_seconds))}"
            f"&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        )

    def signed_file(self, path: str, query: Query) -> Answer:
        """Answer a download by its signature."""
        for_path, until = self.keys.signatures.get(query.get("X-Amz-Signature", [""])[-1], ("", 0))
        if for_path != path or "X-Amz-Expires" not in query:
            return denied(403, "SignatureDoesNotMatch", "The signature does not match the request")
        if until < time.monotonic():
            return denied(403, "AccessDenied")
        found = self.store.file(path)
        if found is None:
            return denied(404, "NoSuchKey", "The specified key does not exist.")
        return Answer(200, found.data, {"Content-Type": "binary/octet-stream"})


def answer_json(body: dict[str, Any], status: int = 200) -> Answer:
    """Return JSON as an answer."""
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _asked(query: Query) -> tuple[Granularity, int]:
    """Return the granularity and months asked for; the defaults are the API's shortest."""
    period = query.get("period", ["last-2-months"])[-1]
    timespan = query.get("timespan", ["months"])[-1]
    if period not in _MONTHS:
        raise Problem(400, message=f"invalid period {period!r}")
    try:
        return parse_granularity(timespan), _MONTHS[period]
    except PeriodError:
        raise Problem(400, message=f"invalid timespan {timespan!r}") from None


def _summed(rows: list[dict[str, Any]], namespace: str) -> list[dict[str, Any]]:
    totals: dict[str, dict[str, Any]] = {}
    for row in rows:
        whole = totals.setdefault(
            row["start"], row | {"repo": "", "namespace": namespace, "pullCount": 0, "ipCount": 0}
        )
        whole["pullCount"] += row["pullCount"]
        whole["ipCount"] = max(whole["ipCount"], row["ipCount"])
    return [totals[start] for start in sorted(totals)]


def _routes() -> list[tuple[re.Pattern[str], Callable[..., dict[str, Any]]]]:
    one = rf"{_ANALYTICS}/namespaces/(?P<namespace>[^/]+)"
    years = rf"{one}/pulls/exports/years"
    spans = rf"{years}/(?P<year>\d{{4}})/(?P<spans>months|weeks)"
    routes: dict[str, Callable[..., dict[str, Any]]] = {
        rf"{_ANALYTICS}/?": Api.namespaces,
        one: Api.namespace,
        years: Api.years,
        spans: Api.spans,
        rf"{spans}/(?P<number>\d+)": Api.span,
        rf"{spans}/(?P<number>\d+)/(?P<view>[a-z-]+)": Api.export,
        rf"{one}/pulls": Api.namespace_pulls,
        rf"{one}/repos/(?P<repo>[^/]+)/pulls": Api.repository_pulls,
        rf"{_ANALYTICS}/repos/pulls": Api.many_pulls,
        rf"{_PROXYLYTICS}/repos/pulls": Api.many_pulls,
        rf"{_PROXYLYTICS}/namespaces/(?P<namespace>[^/]+)/reports": Api.reports,
    }
    return [(re.compile(pattern), handler) for pattern, handler in routes.items()]


_ROUTES = _routes()
