"""What an `oci://` target names, and what is no such target."""

import pytest

from inspector.errors import UsageError
from inspector.sources.oci.reference import digest_of, is_digest, parse_reference

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("target", "name", "asked", "served", "origin"),
    [
        ("oci://ghcr.io/org/name:v1", "ghcr.io/org/name", "v1", "org/name", "https://ghcr.io"),
        ("oci://ghcr.io/org/name", "ghcr.io/org/name", "latest", "org/name", "https://ghcr.io"),
        ("oci://r.example:5000/a/b/c:1.0_x", "r.example:5000/a/b/c", "1.0_x", "a/b/c", "https://r.example:5000"),
        (f"oci://ghcr.io/org/name@{DIGEST}", "ghcr.io/org/name", DIGEST, "org/name", "https://ghcr.io"),
        (f"oci://ghcr.io/org/name:v1@{DIGEST}", "ghcr.io/org/name", DIGEST, "org/name", "https://ghcr.io"),
        ("oci://localhost/name:v1", "localhost/name", "v1", "name", "http://localhost"),
        ("oci://127.0.0.1:5000/name:v1", "127.0.0.1:5000/name", "v1", "name", "http://127.0.0.1:5000"),
        ("oci://[::1]:5000/name:v1", "[::1]:5000/name", "v1", "name", "http://[::1]:5000"),
        ("oci://docker.io/ai/x:1", "docker.io/ai/x", "1", "ai/x", "https://registry-1.docker.io"),
        ("oci://docker.io/x", "docker.io/x", "latest", "library/x", "https://registry-1.docker.io"),
    ],
)
def test_its_parts(target: str, name: str, asked: str, served: str, origin: str) -> None:
    reference = parse_reference(target)
    assert str(reference) == target
    assert (reference.name, reference.asked, reference.served_repository) == (name, asked, served)
    assert str(reference.origin) == origin


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("oci://ai/model:v1", "names no registry"),
        ("oci://ghcr.io", "names no registry"),
        ("oci:///org/name", "names no registry"),
        ("oci://ghcr.io:99999/name", "names no registry"),
        ("oci://user@ghcr.io/name", "names no registry"),
        ("oci://ghcr.io/Org/name:v1", "is no repository"),
        ("oci://ghcr.io/org/../name:v1", "is no repository"),
        ("oci://ghcr.io/org//name", "is no repository"),
        ("oci://ghcr.io/org/name?x=1", "is no repository"),
        ("oci://ghcr.io/org/name:", "is no tag"),
        ("oci://ghcr.io/org/name:a/b", "is no tag"),
        ("oci://ghcr.io/org/name@sha256:12", "is no digest"),
        ("oci://ghcr.io/org/name@", "is no digest"),
        (f"oci://ghcr.io/{'a' * 600}", "is too long"),
    ],
)
def test_what_is_none(target: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse_reference(target)


def test_a_namespace_of_docker_hub_is_no_registry() -> None:
    with pytest.raises(UsageError) as wrong:
        parse_reference("oci://ai/model:v1")
    assert wrong.value.hint.endswith("On Docker Hub it is oci://docker.io/ai/model:v1.")


def test_the_revision_of_an_option() -> None:
    assert parse_reference("oci://ghcr.io/a", "v2").tag == "v2"
    assert parse_reference("oci://ghcr.io/a", DIGEST).digest == DIGEST
    assert parse_reference("oci://ghcr.io/a:v2", "v2").tag == "v2"
    with pytest.raises(UsageError, match="it names v1, and v2 is asked for"):
        parse_reference("oci://ghcr.io/a:v1", "v2")
    with pytest.raises(UsageError, match="neither a tag nor a digest"):
        parse_reference("oci://ghcr.io/a", "../x")


def test_digests() -> None:
    assert is_digest(digest_of(b""))
    assert is_digest(digest_of(b"", "sha512:"))
    assert not is_digest("md5:0123")
    assert not is_digest(f"sha256:{'A' * 64}")
