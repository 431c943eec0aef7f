"""A kernel is its own visitor's: nobody else attaches to it, ends it or learns that it runs."""

from __future__ import annotations

import http.cookies
from collections.abc import Iterator

import nbformat
import pytest
import requests
from tornado.httpclient import HTTPClientError

from tests.servers import Server, dashboard
from tests.viewers import Viewer, answered, aside

pytestmark = pytest.mark.system

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("book") / "book.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    told = ["--notebook", str(path), "--allow-host", "insights.example", "--base-url", "/team"]
    with dashboard(*told, environment={"INSIGHTS_TOKEN": TOKEN}) as running:
        yield running


@pytest.fixture(scope="module")
def viewer(served: Server) -> Iterator[Viewer]:
    found = Viewer(served.url, TOKEN)
    yield found
    found.close()


@pytest.fixture(scope="module")
def kernel(viewer: Viewer) -> str:
    return str(viewer.start()["kernel"]["id"])


@pytest.fixture(scope="module")
def other(served: Server) -> Iterator[Viewer]:
    """Somebody else who has signed in."""
    signed_in = Viewer(served.url, TOKEN)
    assert signed_in.open().status_code == 200
    yield signed_in
    signed_in.close()


def test_another_visitor_learns_nothing_of_it(viewer: Viewer, other: Viewer, kernel: str) -> None:
    assert other.asks(kernel) == 404
    assert other.http.delete(f"{other.url}api/kernels/{kernel}", timeout=120).status_code in {
        403,
        404,
    }
    assert viewer.asks(kernel) == 200


def test_another_visitor_cannot_attach_to_it(other: Viewer, kernel: str) -> None:
    async def attach() -> None:
        async with other.attached(kernel):
            pass

    with pytest.raises(HTTPClientError) as refused:
        aside(attach)
    assert refused.value.code == 404


def test_another_visitor_cannot_end_it(viewer: Viewer, other: Viewer, kernel: str) -> None:
    assert other.post(f"voila/api/shutdown/{kernel}").status_code == 404
    assert viewer.asks(kernel) == 200


@pytest.mark.parametrize("value", ["", "x", '"2|1:0|10:1|7:visitor|4:eA==|00"'])
def test_a_session_that_the_server_did_not_give_is_none(
    served: Server, viewer: Viewer, kernel: str, value: str
) -> None:
    (name,) = (one.name for one in viewer.http.cookies if one.name.startswith("visitor"))
    forger = Viewer(served.url, TOKEN)
    forger.open()
    forger.http.cookies.set(name, value, path="/team/", domain="127.0.0.1")
    assert forger.asks(kernel) == 404
    assert forger.post("session").status_code == 403
    forger.close()


def test_the_session_is_a_secret_of_the_browser(served: Server) -> None:
    def cookie(**headers: str) -> http.cookies.Morsel[str]:
        answer = requests.get(
            served.url, headers={"Authorization": f"token {TOKEN}"} | headers, timeout=120
        )
        given = http.cookies.SimpleCookie()
        for line in answer.raw.headers.getlist("Set-Cookie"):
            given.load(line)
        (found,) = (one for name, one in given.items() if name.startswith("visitor"))
        return found

    plain = cookie()
    assert plain["httponly"]
    assert plain["samesite"] == "Lax"
    assert plain["path"] == "/team/"
    assert not plain["secure"]
    assert not plain["expires"]
    assert cookie(**{"X-Forwarded-Proto": "https"})["secure"]
    assert cookie().value != plain.value


def test_its_visitor_comes_back_in_every_tab_and_ends_it(viewer: Viewer, kernel: str) -> None:
    async def attach_twice() -> None:
        async with viewer.attached(kernel) as link:
            await answered(link)
        # The connection was lost, and a second tab was opened meanwhile.
        assert viewer.open().status_code == 200
        async with viewer.attached(kernel) as link:
            await answered(link)

    aside(attach_twice)
    assert viewer.asks(kernel) == 200
    assert viewer.post(f"voila/api/shutdown/{kernel}").status_code == 204
    assert viewer.asks(kernel) == 404
