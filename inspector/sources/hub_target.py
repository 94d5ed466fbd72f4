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
    """The repository that `text` names, None where it names none. Raises `UsageError` for a broken hf:// URL.

    `org/name` needs both parts; a repository without an owner is written `hf://name` or as its page's URL.
    """
    if text.startswith("hf://"):
        return _from_uri(text)
    if text.startswith(("http://", "https://")):
        return _from_page(text, endpoint)
    repo_id, at, revision = text.partition("@")
    if repo_id.count("/") != 1 or not is_repo_id(repo_id) or (at and not _is_revision(revision)):
        return None
    return HubTarget(repo_id=repo_id, revision=unquote(revision))


def _is_revision(text: str) -> bool:
    return bool(_REVISION.fullmatch(unquote(text))) and ".." not in text and not text.startswith("-")


def _from_uri(text: str) -> HubTarget:
    parts = text.removeprefix("hf://").strip("/").split("/")
    kind = parts.pop(0) if parts[0] in _KINDS else "models"
    width = 1 if len(parts) == 1 or "@" in parts[0] else 2
    repo_id, at, revision = "/".join(parts[:width]).partition("@")
    rest = parts[width:]
    revision, rest = _long_revision(revision, rest)
    if not is_repo_id(repo_id) or (at and not _is_revision(revision)):
        raise UsageError(f"{text}: not a Hub address.", hint="Write hf://org/name, hf://org/name@revision/path.")
    return HubTarget(repo_id=repo_id, kind=kind, revision=unquote(revision), path=_inner_path(text, rest))


def _from_page(text: str, endpoint: str) -> HubTarget | None:
    page, base = urlsplit(text), urlsplit(endpoint)
    inside = page.path.strip("/")
    below = base.path.strip("/")
    if page.netloc.lower() == base.netloc.lower():
        if below and not f"{inside}/".startswith(f"{below}/"):
            return None
        inside = inside.removeprefix(below).strip("/")
    elif page.hostname not in PUBLIC_HOSTS:
        return None
    parts = [unquote(part) for part in inside.split("/") if part]
    kind = parts.pop(0) if parts and parts[0] in _KINDS else "models"
    width = next(
        (i for i, part in enumerate(parts[:3]) if i and part in (*_PAGES, *_NO_FILE_PAGES)), min(2, len(parts))
    )
    repo_id, rest = "/".join(parts[:width]), parts[width:]
    if not repo_id or not is_repo_id(repo_id) or (rest and rest[0] not in (*_PAGES, *_NO_FILE_PAGES)):
        return None
    if not rest or rest[0] in _NO_FILE_PAGES or len(rest) == 1:
        return HubTarget(repo_id=repo_id, kind=kind)
    revision, inner = _long_revision(rest[1], rest[2:])
    return HubTarget(repo_id=repo_id, kind=kind, revision=revision, path=_inner_path(text, inner))


def _long_revision(revision: str, rest: Sequence[str]) -> tuple[str, list[str]]:
    """`refs/pr/1` and `refs/convert/parquet` are revisions with slashes."""
    if revision == "refs" and len(rest) >= 2:
        return "/".join([revision, *rest[:2]]), list(rest[2:])
    return revision, list(rest)


def _inner_path(text: str, parts: Sequence[str]) -> str:
    if any(part in ("", ".", "..") for part in parts):
        raise UsageError(f"{text}: its path leaves the repository.")
    return "/".join(parts)
