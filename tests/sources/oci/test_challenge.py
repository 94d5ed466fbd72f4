"""How registries ask for logins, and what is sent to whom."""

import pytest

from inspector.errors import CannotLook, RefusedRedirect
from inspector.sources.network.urls import parse_url
from inspector.sources.oci.challenge import Challenge, Login, parse_challenge, parse_token, token_url

BEARER = Challenge(scheme="bearer", realm="https://auth.example/token", service="registry.example")


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ('Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a:pull"', BEARER),
        ('bearer  service=registry.example , realm="https://auth.example/token"', BEARER),
        ('Basic realm="x", Bearer realm="https://auth.example/token",service="registry.example"', BEARER),
        ('Bearer realm="https://auth.example/token",service="registry.example", Basic realm="x"', BEARER),
        ('Basic realm="Registry, and more"', Challenge(scheme="basic", realm="Registry, and more")),
        ("Basic", Challenge(scheme="basic")),
        ("Negotiate", None),
        ("", None),
    ],
)
def test_challenges(header: str, challenge: Challenge | None) -> None:
    assert parse_challenge(header) == challenge


def test_a_hostile_challenge_takes_no_time() -> None:
    assert parse_challenge("Bearer " + "a=" * 100_000) == Challenge(scheme="bearer")
    assert parse_challenge("Bearer ," * 100_000) is None


@pytest.mark.parametrize(
    ("home", "realm", "target"),
    [
        ("https://r.example", "https://auth.example/token", "/token?service=s&scope=repository%3Aorg%2Fname%3Apull"),
        ("https://r.example", "https://a.example/t?x=1", "/t?x=1&service=s&scope=repository%3Aorg%2Fname%3Apull"),
        ("http://127.0.0.1:5000", "http://localhost:1/t", "/t?service=s&scope=repository%3Aorg%2Fname%3Apull"),
    ],
)
def test_where_a_token_is_asked_for(home: str, realm: str, target: str) -> None:
    challenge = Challenge(scheme="bearer", realm=realm, service="s")
    assert token_url("it", parse_url(home).origin, challenge, "org/name").target == target


@pytest.mark.parametrize(
    ("home", "realm", "error"),
    [
        ("https://r.example", "http://auth.example/token", RefusedRedirect),
        ("https://r.example", "http://127.0.0.1/token", RefusedRedirect),
        ("http://127.0.0.1:5000", "http://auth.example/token", RefusedRedirect),
        ("https://r.example", "", CannotLook),
        ("https://r.example", "file:///etc/passwd", CannotLook),
    ],
)
def test_where_none_is(home: str, realm: str, error: type[CannotLook]) -> None:
    with pytest.raises(error, match=r"^it: "):
        token_url("it", parse_url(home).origin, Challenge(scheme="bearer", realm=realm), "org/name")


@pytest.mark.parametrize(
    "answer", [b'{"token":"abc"}', b'{"access_token":"abc"}', b'{"token":"","access_token":"abc"}']
)
def test_tokens(answer: bytes) -> None:
    assert parse_token("it", answer) == "abc"


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"token":7}', b'{"token":"a\\r\\nHost: b"}', b'{"token":"a b"}', b"[" * 90_000]
)
def test_what_is_no_token(answer: bytes) -> None:
    with pytest.raises(CannotLook, match="gave no token"):
        parse_token("it", answer)


def test_a_login_is_not_shown() -> None:
    login = Login(username="name", password="secret", token="token-value")
    assert login.basic == "Basic bmFtZTpzZWNyZXQ="
    assert "secret" not in repr(login)
    assert "token-value" not in repr(login)
    assert Login().basic == ""
