"""Whom the client talks to, and who of them sees the token, whatever an address looks like."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb.errors import HubError, HubSettingError
from insights_nb.hub import Credentials, Hub, Patience
from insights_nb.hub.addresses import bare, hub_address, joined, origin
from insights_nb.hub.connections import Connections
from insights_nb.hub.downloads import download
from insights_nb.hub.peers import PrivateAddressError, place
from tests.hub.raw import TOKEN, Raw, http

pytestmark = pytest.mark.system

SECRET = "dckr_pat_made_up_for_odd_addresses"
ONCE = Patience(attempts=1, timeout=5)
CSV = b"a,b\n1,2\n"


def answer(path: str) -> bytes:
    """Answer with a file, or with a redirect to where the path says."""
    if path.startswith("/go?"):
        return http(b"", "302 Found", Location=unquote(path[4:]).encode().decode("latin-1"))
    return http(CSV)


@pytest.fixture(scope="module")
def stranger() -> Iterator[Raw]:
    with Raw(answer) as server:
        yield server


@pytest.fixture(scope="module")
def api() -> Iterator[Raw]:
    with Raw(answer) as server:
        yield server


@pytest.fixture(scope="module")
def client(api: Raw) -> Iterator[Hub]:
    with Hub(api.url, Credentials("ada", SECRET), patience=ONCE) as hub:
        yield hub


def fetched(client: Hub, url: str) -> str:
    """Ask for an address as a catalogue's; returns how that ended."""
    whole = joined(f"{client.url}/", url)
    if whole is None:
        return "unusable"
    try:
        download(client, whole)
    except HubError as error:
        return "refused" if str(error).isprintable() else "garbled"
    return "came"


def assert_knows_nothing(stranger: Raw) -> None:
    for request in stranger.requests:
        assert TOKEN not in request
        assert SECRET not in request
        assert "authorization:" not in request.casefold()
        assert "cookie:" not in request.casefold()


# What stands between two names in an address that is to be misread.
BETWEEN = st.sampled_from(
    [
        "\\@", "@", "\\", "/@", "#@", "?@", ";@", ":@", "%40", "%5c@", "\t@", "\n@", "\r\n@", " @",
        "\u3000", "＠", "／", "。", ".", "..", ":80@", "&@", "\x00@", "[", "]", "@@", "\\\\", "//",
        "%2f@", "\u202e@", "#\\@",
    ]
)  # fmt: skip
SCHEMES = st.sampled_from(
    [
        "http://", "HTTP://", "http:\\\\", "http:/", "http:", "//", "\thttp://", "ht\ntp://",
        " http://", "http:///", "http://u:p@", "https:\\\\", "http://@", "http://\t",
    ]
)  # fmt: skip
TAILS = st.sampled_from(
    ["/r.csv", "\\r.csv", "", "?a=b", "#f", "/%zz", "/é", "/a\tb", "\\..\\x", ":"]
)


@st.composite
def addresses(draw: st.DrawFn, servers: tuple[int, int]) -> str:
    """Draw an address that names one server or both, as oddly as may be."""
    names = [
        form.format(port)
        for port in servers
        for form in (
            "127.0.0.1:{}", "localhost:{}", "127.1:{}", "127.0.0.1.:{}", "LocalHost:{}",
            "127.0.0.1:0{}", "１27.0.0.1:{}", "127%2e0.0.1:{}", "127。0.0.1:{}", "0x7f000001:{}",
            "[::ffff:127.0.0.1]:{}", "127.0.0.1:{}\\", "[::1]:{}", "localhost%00:{}", "ａ:{}",
        )
    ]  # fmt: skip
    parts = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    text = draw(SCHEMES) + parts[0]
    for part in parts[1:]:
        text += draw(BETWEEN) + part
    return text + draw(TAILS)


@given(data=st.data(), moved=st.booleans())
@settings(max_examples=200)
def test_the_token_goes_to_the_api_alone_however_an_address_is_spelt(
    data: st.DataObject, moved: bool, api: Raw, stranger: Raw, client: Hub
) -> None:
    url = data.draw(addresses((api.port, stranger.port)))
    asked = f"{api.url}/go?{quote(url, safe='')}" if moved else url
    before = len(api.requests)
    ended = fetched(client, asked)
    assert ended != "garbled"
    if ended == "came" and not moved:
        # Whoever sent it: the file came from the origin that the client believes in.
        believed = origin(joined(f"{client.url}/", asked) or "")
        assert believed is not None
        assert (believed[2] == api.port) == (len(api.requests) > before)
    assert_knows_nothing(stranger)


@pytest.mark.parametrize("moved", [False, True], ids=["listed", "redirected"])
@pytest.mark.parametrize("between", ["\\@", "\\\\@", "\\\t@"])
def test_a_backslash_before_the_apis_name_does_not_take_the_token_along(
    moved: bool, between: str, api: Raw, stranger: Raw, client: Hub
) -> None:
    url = f"http://127.0.0.1:{stranger.port}{between}127.0.0.1:{api.port}/r.csv"
    fetched(client, f"{api.url}/go?{quote(url, safe='')}" if moved else url)
    assert_knows_nothing(stranger)


def test_an_address_is_written_down_as_it_is_asked() -> None:
    odd = "https://evil.example\\@hub.docker.com/r.csv?X-Amz-Signature=sesame"
    assert origin(odd) == ("https", "evil.example", 443)
    assert bare(odd).startswith("https://evil.example/")
    assert bare("https://h.example/a\x1b[31m\u202eb\nc?d=e").isprintable()
    assert "sesame" not in bare(odd)


@pytest.mark.parametrize(
    "url", ["http://[", "http://", "http://h:port/x", "http://\udc80/", "x://y/z"]
)
def test_an_address_that_leads_nowhere_is_none(url: str) -> None:
    assert joined("https://hub.docker.com/", url) is None
    with pytest.raises(HubSettingError, match="is no address of a server"):
        hub_address(url)


def test_a_hub_whose_address_can_be_misread_is_refused() -> None:
    for url in ("https://evil.example\\.hub.docker.com", "https://hub.docker.com\t.evil.example"):
        with pytest.raises(HubSettingError, match="is no address of a server"):
            hub_address(url, signing_in=True)


def test_a_redirect_that_leads_nowhere_is_said_to(api: Raw, client: Hub) -> None:
    with pytest.raises(HubError, match="a redirect to an address that cannot be used"):
        download(client, f"{api.url}/go?{quote('http://[', safe='')}")


# -- Private networks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("127.0.0.1", "loopback"), ("::1", "loopback"), ("0.0.0.0", "loopback"), ("::", "loopback"),  # noqa: S104
        ("::ffff:127.0.0.1", "loopback"), ("64:ff9b::7f00:1", "loopback"),
        ("169.254.169.254", "link-local"), ("fe80::1", "link-local"),
        ("10.0.0.1", "private"), ("192.168.1.1", "private"), ("172.31.0.1", "private"),
        ("100.64.0.1", "private"), ("fd00::1", "private"), ("fec0::1", "private"),
        ("224.0.0.1", "private"), ("2002:a00:1::", "private"), ("240.0.0.1", "private"),
        ("8.8.8.8", "public"), ("2606:4700::1111", "public"), ("64:ff9b::808:808", "public"),
    ],
)  # fmt: skip
def test_where_an_address_is(address: str, where: str) -> None:
    assert place(ipaddress.ip_address(address)) == where


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data", "https://10.0.0.7/r.csv", "https://[fd00::7]/r",
        "https://127.0.0.1/r", "https://127.1/r", "https://2130706433/r", "https://0x7f000001/r",
        "https://localhost/r", "https://localhost./r", "https://[::ffff:10.0.0.1]/r", "https://0/r",
    ],
)  # fmt: skip
def test_a_public_hubs_list_leads_to_no_private_machine(url: str) -> None:
    with (
        Hub("https://hub.docker.com", patience=ONCE) as hub,
        pytest.raises(PrivateAddressError, match="the hub is not there, so nothing was asked"),
    ):
        download(hub, url + "?X-Amz-Signature=1")


def test_a_hub_on_this_machine_leads_to_no_other_network(client: Hub) -> None:
    with pytest.raises(PrivateAddressError, match=r"10\.0\.0\.7 is a private network"):
        download(client, "https://10.0.0.7/r.csv")


def looked_up(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Let a made-up name lead to one address after the other; the last one stays."""
    left = list(answers)
    real = socket.getaddrinfo

    def found(host: str, port: int, *given: object, **named: object) -> list[object]:
        if host != "files.example":
            return real(host, port, *given, **named)  # type: ignore[arg-type,return-value]
        number = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def sent(url: str) -> None:
    """Send a request for a hub that is on the internet."""
    connections = Connections(ONCE, ("https", "hub.docker.com", 443))
    try:
        response = connections.send(connections.prepare("GET", url))
        assert isinstance(response, requests.Response), response
        response.close()
    finally:
        connections.close()


def test_a_public_name_that_leads_to_a_private_machine_is_refused(
    stranger: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up(monkeypatch, "127.0.0.1")
    before = len(stranger.requests)
    with pytest.raises(PrivateAddressError, match=r"files\.example \(127\.0\.0\.1\) is this very"):
        sent(f"http://files.example:{stranger.port}/r.csv")
    assert len(stranger.requests) == before


def test_a_name_that_leads_elsewhere_the_second_time_is_refused(
    stranger: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up(monkeypatch, "93.184.216.34", "127.0.0.1")
    before = len(stranger.requests)
    with pytest.raises(PrivateAddressError, match=r"files\.example \(127\.0\.0\.1\)"):
        sent(f"http://files.example:{stranger.port}/r.csv")
    assert len(stranger.requests) == before


def test_a_hub_that_is_on_a_private_network_may_name_its_neighbours(
    stranger: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The hub's own name is looked up too: where it is, others may be.
    looked_up(monkeypatch, "127.0.0.1")
    connections = Connections(ONCE, ("http", "files.example", stranger.port))
    try:
        # Where the hub is, is known once it was asked.
        for url in (f"http://files.example:{stranger.port}/hub", f"{stranger.url}/neighbour"):
            response = connections.send(connections.prepare("GET", url))
            assert isinstance(response, requests.Response)
            response.close()
    finally:
        connections.close()


def test_behind_a_proxy_numbers_are_refused_and_names_are_the_proxys(
    stranger: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", stranger.url)
    sent("http://files.example/r.csv")
    assert stranger.requests[-1].startswith("GET http://files.example/r.csv ")
    with pytest.raises(PrivateAddressError):
        sent("http://10.0.0.7/r.csv")
