"""Which source a target gets."""

import pytest

from inspector.errors import UsageError
from inspector.sources.http import HttpSource
from inspector.sources.hub import HubSource
from inspector.sources.hub_settings import HubSettings
from inspector.sources.remote import open_remote

SETTINGS = HubSettings(endpoint="http://127.0.0.1:9/hub")


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("org/name", HubSource),
        ("hf://org/name/unet", HubSource),
        ("https://huggingface.co/org/name", HubSource),
        ("http://127.0.0.1:9/hub/org/name", HubSource),
        ("https://example.com/model.safetensors", HttpSource),
        ("http://127.0.0.1:9/other", HttpSource),
    ],
)
def test_by_its_form(target: str, kind: type) -> None:
    assert isinstance(open_remote(target, "", lambda: SETTINGS), kind)


@pytest.mark.parametrize("target", ["model.safetensors", "a/b/c", "./a/b", "name", "nosuch://x/y"])
def test_no_remote_target(target: str) -> None:
    assert open_remote(target, "", lambda: SETTINGS) is None


def test_the_environment_is_not_looked_at_for_a_local_path() -> None:
    def settings() -> HubSettings:
        raise AssertionError("asked for")

    assert open_remote("missing/folder/x", "", settings) is None


def test_the_revision_of_an_option() -> None:
    source = open_remote("org/name", "v1", lambda: SETTINGS)
    assert source is not None
    assert source.target.ref == "org/name@v1"
    assert open_remote("org/name@v1", "v1", lambda: SETTINGS) is not None
    with pytest.raises(UsageError, match="revision v1, and v2 is asked for"):
        open_remote("org/name@v1", "v2", lambda: SETTINGS)
    with pytest.raises(UsageError, match="only a Hub repository"):
        open_remote("https://example.com/x.safetensors", "v1", lambda: SETTINGS)


@pytest.mark.parametrize("target", ["https://example.com/x.safetensors", "s3://bucket/x"])
def test_offline(target: str) -> None:
    with pytest.raises(UsageError, match="cannot be read offline"):
        open_remote(target, "", lambda: HubSettings(offline=True))
