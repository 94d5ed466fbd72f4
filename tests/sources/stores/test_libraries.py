"""The stores' own libraries: what their errors and their absence become."""

import sys
import threading
import time
from typing import NoReturn

import pytest

from inspector.errors import AccessDenied, CannotLook, NotFound, Unreachable, Unsupported
from inspector.sources.network.settings import Network
from inspector.sources.stores import opening
from inspector.sources.stores.azure import azure_container
from inspector.sources.stores.libraries import told, within
from inspector.sources.stores.opening import open_store

pytest.importorskip("fsspec")


def raising(error: Exception) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    ("error", "becomes", "message"),
    [
        (FileNotFoundError("k"), NotFound, "s3://b/k: nothing is there."),
        (PermissionError("k"), AccessDenied, "s3://b/k: access is denied."),
        (OSError("no  route\nto host."), Unreachable, "s3://b/k: no route to host."),
        (OSError(111, "Connection refused"), Unreachable, "s3://b/k: Connection refused."),
        (ValueError(""), Unreachable, "s3://b/k: ValueError."),
        (RuntimeError("x" * 1000), Unreachable, f"s3://b/k: {'x' * 300}."),
        (NotFound("s3://b/k: gone."), NotFound, "s3://b/k: gone."),
    ],
)
def test_one_sentence(error: Exception, becomes: type[CannotLook], message: str) -> None:
    with pytest.raises(becomes) as caught:
        told("s3://b/k", lambda: raising(error))
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("s3://b/k", 'pip install "safetensors-inspector[s3]"'),
        ("gcs://b/k", 'pip install "safetensors-inspector[gcs]"'),
        ("abfs://b/k", 'pip install "safetensors-inspector[azure]"'),
        ("ssh://host/k", 'pip install "fsspec[ssh]"'),
        ("smb://host/k", 'pip install "fsspec[smb]"'),
    ],
)
def test_a_library_that_is_missing_is_named(url: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("s3fs", "gcsfs", "gcsfs.core", "adlfs", "paramiko", "smbclient"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unsupported, match="needs a library that is not installed") as caught:
        open_store(url, url, Network(), anonymous=False)
    assert command in caught.value.hint


def test_a_library_that_no_extra_brings() -> None:
    with pytest.raises(Unsupported) as caught:
        told("odd://x", lambda: raising(ImportError("Please install oddfs.")))
    assert caught.value.hint == "Its file system says: Please install oddfs."


def test_credentials_that_do_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(opening, "LOGIN_SECONDS", 0.1)
    monkeypatch.setattr(opening, "_s3", lambda *_: release.wait(30))
    began = time.monotonic()
    with pytest.raises(AccessDenied, match=r"^s3://b/k: no credentials were found in 0\.1 s\.$") as caught:
        open_store("s3://b/k", "s3://b/k", Network(), anonymous=False)
    assert time.monotonic() - began < 3.0
    assert "AWS_PROFILE" in caught.value.hint
    release.set()


def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(opening, "LOGIN_SECONDS", 0.1)
    monkeypatch.setattr(opening, "_filesystem", lambda *_: release.wait(30))
    with pytest.raises(Unreachable, match=r"^ssh://host/k: no answer in 0\.1 s\.$"):
        open_store("ssh://host/k", "ssh://host/k", Network(), anonymous=False)
    release.set()


def test_what_comes_in_time() -> None:
    assert within(5.0, lambda: 7, Unreachable("late")) == 7
    with pytest.raises(KeyError):
        within(5.0, lambda: raising(KeyError("k")), Unreachable("late"))


class Client:
    """What adlfs knows of an account with a login."""

    url = "http://127.0.0.1:1/account"
    credential = type("Login", (), {"get_token": staticmethod(lambda scope: None)})()


class FileSystem:
    anon = False
    service_client = Client()
    loop = None


def test_a_login_is_not_sent_over_plain_http() -> None:
    with pytest.raises(AccessDenied, match="over https only"):
        azure_container("az://c/k", FileSystem(), "c", anonymous=False)
    asked = azure_container("az://c/k", FileSystem(), "c", anonymous=True).object("k", "")
    assert asked.headers.keys() == {"x-ms-version"}
