"""Logins at registries: where they are found, which entry counts, what is said where there is none."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.registry_logins import find_login

AUTH = base64.b64encode(b"name:secret:with:colons").decode()
VARIABLES = ("DOCKER_AUTH_CONFIG", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def write(path: Path, **document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize("key", ["ghcr.io", "https://ghcr.io", "https://ghcr.io/v2/", "ghcr.io/"])
def test_of_docker(home: Path, key: str) -> None:
    write(home / ".docker" / "config.json", auths={"other.io": {"auth": "eDp5"}, key: {"auth": AUTH}})
    login = find_login("ghcr.io", "org/name")
    assert (login.username, login.password) == ("name", "secret:with:colons")
    assert find_login("ghcr.io:5000").basic == ""


@pytest.mark.parametrize("registry", ["docker.io", "registry-1.docker.io"])
def test_of_dockers_own_registry(home: Path, registry: str) -> None:
    write(home / ".docker" / "config.json", auths={"https://index.docker.io/v1/": {"auth": AUTH}})
    assert find_login(registry).username == "name"


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("DOCKER_CONFIG", "config.json"),
        ("REGISTRY_AUTH_FILE", ""),
        ("XDG_RUNTIME_DIR", "containers/auth.json"),
        ("XDG_CONFIG_HOME", "containers/auth.json"),
    ],
)
def test_places(home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, path: str) -> None:
    place = home / "elsewhere"
    write(place / path if path else place, auths={"ghcr.io": {"auth": AUTH}})
    monkeypatch.setenv(variable, str(place))
    assert find_login("ghcr.io").username == "name"


def test_the_variable_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home / ".docker" / "config.json", auths={"ghcr.io": {"auth": AUTH}})
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", json.dumps({"auths": {"ghcr.io": {"username": "a", "password": "b"}}}))
    assert find_login("ghcr.io").username == "a"


def test_the_entry_of_a_namespace_comes_first(home: Path) -> None:
    inner = {"username": "inner", "password": "x"}
    write(home / ".docker" / "config.json", auths={"ghcr.io/org": inner, "ghcr.io": {"auth": AUTH}})
    assert find_login("ghcr.io", "org/name").username == "inner"
    assert find_login("ghcr.io", "organisation/name").username == "name"


def test_a_token(home: Path) -> None:
    write(home / ".docker" / "config.json", auths={"ghcr.io": {"registrytoken": "abc"}})
    assert find_login("ghcr.io").token == "abc"


@pytest.mark.parametrize(
    ("document", "note"),
    [
        ({"credsStore": "desktop"}, "docker-credential-desktop keeps the logins of this registry, and it is not run"),
        ({"credHelpers": {"ghcr.io": "gcloud"}, "auths": {"ghcr.io": {}}}, "docker-credential-gcloud keeps"),
        ({"credHelpers": {"other.io": "gcloud"}}, ""),
        ({"auths": {"ghcr.io": {"auth": AUTH, "identitytoken": "x"}}}, "an identity token, which is not sent"),
        ({"auths": {"ghcr.io": {"auth": "%%%"}}}, "no base64 of name and password"),
        ({"auths": {"ghcr.io": {"auth": "eA=="}}}, ""),
        ({"auths": {"ghcr.io": {"registrytoken": "a\r\nb"}}}, ""),
        ({"auths": {"ghcr.io": 7}}, ""),
        ({"auths": []}, ""),
        ({"credHelpers": 7, "credsStore": 7}, ""),
        ([], ""),
    ],
)
def test_where_there_is_none(home: Path, document: Any, note: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text(json.dumps(document), encoding="utf-8")
    login = find_login("ghcr.io")
    assert (login.basic, login.token) == ("", "")
    assert note in login.note
    assert bool(note) == bool(login.note)


def test_a_file_that_is_no_json_is_passed_over(home: Path) -> None:
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_bytes(b"\xff{")
    assert find_login("ghcr.io").note == ""
