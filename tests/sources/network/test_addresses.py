"""How far addresses reach, URLs that cannot break a request, and what may lead where."""

import pytest

from inspector.errors import RefusedRedirect
from inspector.sources.network.addresses import Reach, may_lead, reach_of, reach_of_name
from inspector.sources.network.redirects import next_url
from inspector.sources.network.urls import Origin, parse_url, quoted_path


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("127.0.0.1", Reach.LOOPBACK),
        ("127.8.8.8", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("10.1.2.3", Reach.PRIVATE),
        ("172.16.0.1", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("::ffff:10.0.0.1", Reach.PRIVATE),
        ("2002:0a00:0001::", Reach.PRIVATE),
        ("64:ff9b::a00:1", Reach.PRIVATE),
        ("64:ff9b::808:808", Reach.PUBLIC),
        ("::a00:1", Reach.PRIVATE),
        ("::ffff:0:10.0.0.1", Reach.PRIVATE),
        ("::7f00:1", Reach.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Reach.LINK_LOCAL),
        ("224.0.0.1", Reach.PRIVATE),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("8.8.8.8", Reach.PUBLIC),
        ("2606:4700::1111", Reach.PUBLIC),
    ],
)
def test_reach(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


def test_reach_of_names() -> None:
    assert reach_of_name("localhost") is Reach.LOOPBACK
    assert reach_of_name("a.localhost") is Reach.LOOPBACK
    assert reach_of_name("10.0.0.1") is Reach.PRIVATE
    assert reach_of_name("example.com") is Reach.PUBLIC
    assert reach_of_name("a\u20ac.example") is Reach.PUBLIC


@pytest.mark.parametrize("name", ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"])
def test_an_address_in_disguise(name: str) -> None:
    assert reach_of_name(name) is Reach.LINK_LOCAL


@pytest.mark.parametrize("home", Reach)
@pytest.mark.parametrize("target", Reach)
def test_only_to_the_public_or_to_the_like(home: Reach, target: Reach) -> None:
    assert may_lead(home, target) is (target is Reach.PUBLIC or target is home)


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("https://Host.Example/a b?q=1#frag", Origin("https", "host.example", 443), "/a%20b?q=1"),
        ("http://host", Origin("http", "host", 80), "/"),
        ("http://host:8080/%2e%2e/x", Origin("http", "host", 8080), "/%2e%2e/x"),
        ("http://[::1]:81/x", Origin("http", "::1", 81), "/x"),
        ("http://user:secret@host/x", Origin("http", "host", 80), "/x"),
        ("http://host/a\r\nX: y", Origin("http", "host", 80), "/a%0D%0AX:%20y"),
        ("http://host/ü", Origin("http", "host", 80), "/%C3%BC"),
        ("http://bücher.example/", Origin("http", "xn--bcher-kva.example", 80), "/"),
    ],
)
def test_urls(text: str, origin: Origin, target: str) -> None:
    url = parse_url(text)
    assert (url.origin, url.target) == (origin, target)


@pytest.mark.parametrize(
    "text", ["ftp://host/x", "file:///x", "http://", "https:///x", "//host/x", "http://host:99999/", ""]
)
def test_no_urls(text: str) -> None:
    with pytest.raises(ValueError):
        parse_url(text)


def test_a_url_is_shown_without_its_signature() -> None:
    assert str(parse_url("https://host/x?Signature=secret")) == "https://host/x"


def test_a_percent_sign_in_a_name_is_no_escape() -> None:
    assert quoted_path("a/%2e%2e/b?#") == "a/%252e%252e/b%3F%23"


@pytest.mark.parametrize(
    ("base", "location", "reached"),
    [
        ("https://host/a/b", "c?x=1", "https://host/a/c"),
        ("https://host/a", "/api/x", "https://host/api/x"),
        ("https://host/a", "//other/x", "https://other/x"),
        ("http://host/a", "https://host/a", "https://host/a"),
    ],
)
def test_redirects(base: str, location: str, reached: str) -> None:
    assert str(next_url("file", parse_url(base), location)) == reached


@pytest.mark.parametrize("location", ["", " ", "http://host/a", "ftp://host/a", "file:///a", "javascript:x", "data:,x"])
def test_redirects_that_are_refused(location: str) -> None:
    with pytest.raises(RefusedRedirect, match=r"^file: "):
        next_url("file", parse_url("https://host/a"), location)
