"""Ways to write a Hub repository, and what is none."""

import pytest

from inspector.errors import UsageError
from inspector.sources.hub_target import HubTarget, is_repo_id, parse_hub_target, parse_revision

MIRROR = "http://127.0.0.1:8801/hub"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("org/name", HubTarget(repo_id="org/name")),
        ("org/name@v1.0", HubTarget(repo_id="org/name", revision="v1.0")),
        ("org/name@refs/pr/3", HubTarget(repo_id="org/name", revision="refs/pr/3")),
        ("org/name@refs%2Fpr%2F3", HubTarget(repo_id="org/name", revision="refs/pr/3")),
        ("org/name/", HubTarget(repo_id="org/name")),
        ("models/org/name@v1", HubTarget(repo_id="org/name", revision="v1")),
        ("datasets/org/name", HubTarget(repo_id="org/name", kind="datasets")),
        ("huggingface.co/org/name/tree/main", HubTarget(repo_id="org/name", revision="main")),
        ("hf.co/gpt2", HubTarget(repo_id="gpt2")),
        ("HF://org/name", HubTarget(repo_id="org/name")),
        ("HTTPS://huggingface.co/org/name", HubTarget(repo_id="org/name")),
        ("https://huggingface.co/org/name.git", HubTarget(repo_id="org/name")),
        ("https://huggingface.co/org/name/tree/refs%2Fpr%2F1", HubTarget(repo_id="org/name", revision="refs/pr/1")),
        ("hf://gpt2", HubTarget(repo_id="gpt2")),
        ("hf://gpt2@main", HubTarget(repo_id="gpt2", revision="main")),
        ("hf://org/name", HubTarget(repo_id="org/name")),
        ("hf://org/name/", HubTarget(repo_id="org/name")),
        ("hf://org/name@main/unet", HubTarget(repo_id="org/name", revision="main", path="unet")),
        ("hf://org/name/a/b.safetensors", HubTarget(repo_id="org/name", path="a/b.safetensors")),
        ("hf://org/name@refs/pr/1/a", HubTarget(repo_id="org/name", revision="refs/pr/1", path="a")),
        ("hf://models/org/name", HubTarget(repo_id="org/name")),
        ("hf://datasets/org/name/x", HubTarget(repo_id="org/name", kind="datasets", path="x")),
        ("https://huggingface.co/org/name", HubTarget(repo_id="org/name")),
        ("https://huggingface.co/gpt2", HubTarget(repo_id="gpt2")),
        ("https://hf.co/org/name/", HubTarget(repo_id="org/name")),
        ("https://huggingface.co/org/name?library=x#files", HubTarget(repo_id="org/name")),
        ("https://huggingface.co/org/name/tree/main", HubTarget(repo_id="org/name", revision="main")),
        ("https://huggingface.co/gpt2/tree/main", HubTarget(repo_id="gpt2", revision="main")),
        ("https://huggingface.co/org/name/tree/main/unet", HubTarget(repo_id="org/name", revision="main", path="unet")),
        (
            "https://huggingface.co/org/name/blob/main/a%20b.safetensors",
            HubTarget(repo_id="org/name", revision="main", path="a b.safetensors"),
        ),
        (
            "https://huggingface.co/org/name/resolve/refs%2Fpr%2F1/x.safetensors?download=true",
            HubTarget(repo_id="org/name", revision="refs/pr/1", path="x.safetensors"),
        ),
        ("https://huggingface.co/org/name/discussions/4", HubTarget(repo_id="org/name")),
        ("https://huggingface.co/datasets/org/name", HubTarget(repo_id="org/name", kind="datasets")),
        ("http://127.0.0.1:8801/hub/org/name/tree/main", HubTarget(repo_id="org/name", revision="main")),
    ],
)
def test_what_names_a_repository(text: str, target: HubTarget) -> None:
    assert parse_hub_target(text, MIRROR) == target


@pytest.mark.parametrize(
    "text",
    [
        "name",
        "gpt2",
        "./org/name",
        "/org/name",
        "org/name/file.safetensors",
        "org//name",
        "../name",
        "org/..",
        "org/name@",
        "org/name@a b",
        "or g/name",
        "org/na--me",
        "-org/name",
        "org/.name",
        "https://example.com/org/name",
        "http://127.0.0.1:8801/hubble/org/name",
        "http://127.0.0.1:8801/org/name",
        "http://127.0.0.1:8802/org/name",
        "s3://org/name",
    ],
)
def test_what_names_none(text: str) -> None:
    assert parse_hub_target(text, MIRROR) is None


@pytest.mark.parametrize(
    "text", ["hf://", "hf://a b/c", "hf://org/name@", "hf://org/name/../x", "hf://org/name@main//x", "hf://../../etc"]
)
def test_a_broken_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_hub_target(text)


@pytest.mark.parametrize("page", ["", "/model.safetensors", "/org/name/unknown-page", "/models?search=x"])
def test_a_page_of_the_hub_that_is_no_repository(page: str) -> None:
    with pytest.raises(UsageError, match="no page of a repository"):
        parse_hub_target(f"https://huggingface.co{page}?token=hf_secret#x")


@pytest.mark.parametrize("text", ["a b", "..", "-x", "a..b", "a%00b", "x\x1b", ""])
def test_what_is_no_revision(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be a revision"):
        parse_revision(text)


def test_a_page_whose_path_leaves_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves the repository"):
        parse_hub_target("https://huggingface.co/org/name/blob/main/%2e%2e/%2e%2e/x")


SLASHES = ("org/name@a/b", "hf://org/name@a%2Fb/unet", "hf://org/name@refs/pr/1/unet", "hf://gpt2@a%2Fb")


def test_one_notation() -> None:
    for text in ("org/name", "org/name@v1", "hf://gpt2", "hf://org/name@v1/unet", "hf://datasets/org/name", *SLASHES):
        target = parse_hub_target(text)
        assert target is not None
        assert target.ref == text


def test_limits_of_a_name() -> None:
    assert is_repo_id("o/" + "n" * 94)
    assert not is_repo_id("o/" + "n" * 95)
    assert not is_repo_id("a/b/c")
