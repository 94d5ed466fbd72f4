"""What a user writes to name a Hub repository, or a part of one: `org/name@rev`, `hf://…`, a pasted page URL."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from inspector.errors import UsageError
from inspector.values import frozen

DEFAULT_ENDPOINT = "https://huggingface.co"
PUBLIC_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,94}[\w-])?", re.ASCII)
_KINDS = ("models", "datasets", "spaces")
_PAGES = ("tree", "blob", "resolve", "raw", "blame", "commits", "commit", "edit")
_NO_FILE_PAGES = ("discussions", "settings", "activity")
_WRITE = "Write hf://org/name, hf://org/name@revision/path."
_ALL_PAGES = (*_PAGES, *_NO_FILE_PAGES)
_REVISION = re.compile(r"[^\x00-\x20\x7f?*:^~\\\[]{1,255}")


@frozen
class HubTarget:
    """A repository at a revision ("" is the default branch), or the file or folder `path` in it."""

    repo_id: str
    kind: str = "models"
    revision: str = ""
    path: str = ""

    @property
    def ref(self) -> str:
        """The target in one notation, whatever it was written as."""
        prefix = "" if self.kind == "models" else f"{self.kind}/"
        revision = f"@{self.revision}" if self.revision else ""
        if not prefix and not self.path and "/" in self.repo_id:
            return f"{self.repo_id}{revision}"
        if not self.revision.startswith("refs/"):
            revision = revision.replace("/", "%2F")
        return f"hf://{prefix}{self.repo_id}{revision}" + (f"/{self.path}" if self.path else "")


def is_repo_id(text: str) -> bool:
    """`name` or `org/name` by the Hub's rules."""
    parts = text.split("/")
    return (
        len(parts) <= 2
        and len(text) <= 96
        and all(_NAME.fullmatch(part) for part in parts)
        and "--" not in text
        and ".." not in text
        and not text.endswith((".git", ".ipynb", ".safetensors"))
    )


def parse_hub_target(text: str, endpoint: str = DEFAULT_ENDPOINT) -> HubTarget | None:
    """The repository that `text` names, None where it names none.

    `org/name` needs both parts; a repository without an owner is written `hf://name` or as its page's URL. Raises
    `UsageError` for a broken hf:// URL, and for a page of the Hub that is no repository's.
    """
    lower = text.lower()
    if lower.startswith("hf://"):
        return _from_uri(text)
    if lower.startswith(("http://", "https://")):
        return _from_page(text, endpoint)
    if lower.startswith(tuple(f"{host}/" for host in PUBLIC_HOSTS)):
        return _from_page(f"https://{text}", endpoint)
    return _from_name(text)


def parse_revision(text: str) -> str:
    """A branch, tag or commit, percent-encoded or not. Raises `UsageError` for what none can be."""
    revision = unquote(text)
    if not _REVISION.fullmatch(revision) or ".." in revision or revision.startswith("-"):
        raise UsageError(f"{text} cannot be a revision.", hint="Write a branch, a tag or a commit.")
    return revision


def _from_name(text: str) -> HubTarget | None:
    name, at, revision = text.partition("@")
    parts = name.removesuffix("/").split("/")
    kind = parts.pop(0) if parts[0] in _KINDS and len(parts) == 3 else "models"
    repo_id = "/".join(parts)
    if len(parts) != 2 or not is_repo_id(repo_id):
        return None
    try:
        return HubTarget(repo_id=repo_id, kind=kind, revision=parse_revision(revision) if at else "")
    except UsageError:
        return None


def _from_uri(text: str) -> HubTarget:
    parts = text[len("hf://") :].strip("/").split("/")
    kind = parts.pop(0) if parts[0] in _KINDS else "models"
    width = 1 if len(parts) == 1 or "@" in parts[0] else 2
    repo_id, at, revision = "/".join(parts[:width]).partition("@")
    rest = parts[width:]
    revision, rest = _long_revision(revision, rest)
    if not is_repo_id(repo_id):
        raise UsageError(f"{text}: not a Hub address.", hint=_WRITE)
    revision = parse_revision(revision) if at else ""
    return HubTarget(repo_id=repo_id, kind=kind, revision=revision, path=_inner_path(text, rest))


def _from_page(text: str, endpoint: str) -> HubTarget | None:
    """The repository or file that a page of the Hub shows, None for a URL of another server."""
    inside = _inside_hub(text, endpoint)
    if inside is None:
        return None
    parts = [unquote(part) for part in inside.split("/") if part]
    kind = parts.pop(0) if parts and parts[0] in _KINDS else "models"
    width = next((i for i, part in enumerate(parts[:3]) if i and part in _ALL_PAGES), min(2, len(parts)))
    repo_id, rest = "/".join(parts[:width]).removesuffix(".git"), parts[width:]
    if not is_repo_id(repo_id) or (rest and rest[0] not in _ALL_PAGES):
        raise UsageError(f"/{inside} of the Hub is no page of a repository or of its files.", hint=_WRITE)
    if len(rest) < 2 or rest[0] in _NO_FILE_PAGES:
        return HubTarget(repo_id=repo_id, kind=kind)
    revision, inner = _long_revision(rest[1], rest[2:])
    return HubTarget(repo_id=repo_id, kind=kind, revision=revision, path=_inner_path(text, inner))


def _inside_hub(text: str, endpoint: str) -> str | None:
    """The path of a URL below the endpoint or one of the Hub's own hosts, None elsewhere."""
    try:
        page, base = urlsplit(text), urlsplit(endpoint)
    except ValueError:
        return None
    inside, below = page.path.strip("/"), base.path.strip("/")
    if page.netloc.lower() != base.netloc.lower():
        return inside if page.hostname in PUBLIC_HOSTS else None
    if not below:
        return inside
    return inside.removeprefix(below) if f"{inside}/".startswith(f"{below}/") else None


def _long_revision(revision: str, rest: Sequence[str]) -> tuple[str, list[str]]:
    """`refs/pr/1` and `refs/convert/parquet` are revisions with slashes."""
    if revision == "refs" and len(rest) >= 2:
        return "/".join([revision, *rest[:2]]), list(rest[2:])
    return revision, list(rest)


def _inner_path(text: str, parts: Sequence[str]) -> str:
    if any(part in ("", ".", "..") for part in parts):
        raise UsageError(f"{text}: its path leaves the repository.")
    return "/".join(parts)
