"""Layers laid over each other: which file of which layer a path names in the end, links followed, deletions obeyed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from inspector.errors import LimitReached
from inspector.paths import folder_of, join, name_of
from inspector.sources.hub_listing import OUTSIDE, is_inside
from inspector.sources.oci.tar import Kind, Member
from inspector.sources.oci.views import View

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_MOST_HOPS = 40
_MOST_SHOWN_CHARS = 4096
_MOST_OUTSIDE = 1000
# Work that hostile archives can ask for: files looked at for deletions, parts of links followed.
_MOST_LOOKS = 20_000_000
_MOST_STEPS = 2_000_000
_WEIGHTS: Final = (".safetensors", ".sft", ".safetensors.index.json")
_PIPELINE: Final = "model_index.json"


class Placed(NamedTuple):
    """A file: where its bytes are, in which layer (from 0), the digest of a whole layer, `special` if it is no file."""

    layer: int
    view: View
    start: int
    bytes: int
    kind: Kind = "file"
    link: str = ""
    digest: str = ""
    special: str = ""


class Stack:
    """Files by path, each `lay` one layer over those before; with `is_image` a layer may delete what is below it."""

    def __init__(self, *, is_image: bool) -> None:
        self._is_image = is_image
        self._files: dict[str, Placed] = {}
        self._folders: set[str] = set()
        self._looks = self._outside = 0

    def __len__(self) -> int:
        return len(self._files)

    def lay(self, layer: int, view: View, members: Iterable[Member]) -> None:
        """An archive's members, over what is there."""
        own: list[tuple[str, Member]] = []
        gone: set[str] = set()
        for member in members:
            path, inside = _inside(member.name)
            name = name_of(path)
            if self._is_image and inside and name.startswith(_WHITEOUT):
                folder = folder_of(path)
                gone.add(f"{folder}/" if name == _OPAQUE else join(folder, name[len(_WHITEOUT) :]))
            elif path:
                own.append((path, member))
        self._remove(gone)
        self._clear_way(own)
        for path, member in own:
            if member.kind != "folder":
                placed = _placed(layer, view, path, member, self._files)
                self._outside += placed.special == OUTSIDE
                self.put(path, placed)
        if self._outside > _MOST_OUTSIDE:
            raise LimitReached(f"more than {_MOST_OUTSIDE:,} names in it lead outside")

    def put(self, path: str, file: Placed) -> None:
        """One file; what it replaces goes."""
        self._files[path] = file
        folder = folder_of(path)
        while folder and folder not in self._folders:
            self._folders.add(folder)
            folder = folder_of(folder)

    def files(self) -> Mapping[str, Placed]:
        """Every file, links to files resolved to what they lead to."""
        links = {path: file for path, file in self._files.items() if file.kind == "link"}
        files = {path: file for path, file in self._files.items() if file.kind != "link"}
        steps = _Steps(links)
        for path, link in links.items():
            end = steps.end_of(path)
            if end in files:
                files[path] = files[end]._replace(link=link.link)
            elif end not in self._folders:
                files[path] = link._replace(special="dangling link")
        return files

    def _clear_way(self, own: Sequence[tuple[str, Member]]) -> None:
        """A file in place of a folder below, or a folder in place of a file, takes its place."""
        replaced = {f"{path}/" for path, member in own if member.kind != "folder" and path in self._folders}
        self._remove(replaced)
        for path, member in own:
            if member.kind == "folder":
                self._files.pop(path, None)

    def _remove(self, gone: set[str]) -> None:
        if not gone:
            return
        self._looks += len(self._files)
        if self._looks > _MOST_LOOKS:
            raise LimitReached("its layers delete more files than are followed")
        self._files = {path: file for path, file in self._files.items() if not _is_gone(path, gone)}


def model_files(files: Mapping[str, Placed]) -> Mapping[str, Placed]:
    """The files of an image that belong to its models: all below the folders that hold weights; else all files."""
    folders = {folder_of(path) for path in files if path.endswith(_WEIGHTS)}
    if not folders:
        return files
    roots = {_root_of(folder, files) for folder in folders}
    return {path: file for path, file in files.items() if file.special == OUTSIDE or _is_below(path, roots)}


def _root_of(folder: str, files: Mapping[str, Placed]) -> str:
    """The folder of the pipeline that a folder of weights is a part of, else that folder itself."""
    above = folder
    while above:
        if join(above, _PIPELINE) in files:
            return above
        above = folder_of(above)
    return "" if _PIPELINE in files else folder


def _is_below(path: str, roots: set[str]) -> bool:
    folder = folder_of(path)
    while folder and folder not in roots:
        folder = folder_of(folder)
    return folder in roots


def _is_gone(path: str, gone: set[str]) -> bool:
    """Whether a path, a folder above it, or all that a folder above it holds was deleted."""
    if path in gone:
        return True
    folder = folder_of(path)
    while folder:
        if folder in gone or f"{folder}/" in gone:
            return True
        folder = folder_of(folder)
    return "/" in gone


def _inside(name: str) -> tuple[str, bool]:
    """A member's name as a path below the root, and whether it is one: one that climbs out stays as it is written."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    path = "/".join(parts)
    return (path, True) if not path or is_inside(path) else (name[:_MOST_SHOWN_CHARS], False)


def _placed(layer: int, view: View, path: str, member: Member, files: Mapping[str, Placed]) -> Placed:
    """Where a member's bytes are; a hard link's are those of the file that it is another name of."""
    if not is_inside(path):
        return Placed(layer, view, member.start, member.bytes, special=OUTSIDE)
    if member.kind == "hard link":
        target, inside = _inside(member.link)
        found = files.get(target) if inside else None
        return found or Placed(layer, view, 0, 0, link=member.link, special="dangling link")
    special = "" if member.kind in ("file", "link") else member.kind
    size = 0 if member.kind == "link" else member.bytes
    return Placed(layer, view, member.start, size, member.kind, member.link, special=special)


class _Steps:
    """Follows links, with a bound on the work of all of them together."""

    def __init__(self, links: Mapping[str, Placed]) -> None:
        self._links, self._left = links, _MOST_STEPS

    def end_of(self, path: str) -> str:
        """Where a link leads in the end, every folder on the way followed too, "" where it turns in circles."""
        todo, done, hops = path.split("/")[::-1], "", 0
        while todo and hops <= _MOST_HOPS:
            part = todo.pop()
            if part in ("", "."):
                continue
            here = folder_of(done) if part == ".." else join(done, part)
            link = self._links.get(here) if part != ".." else None
            if link is None:
                done = here
                continue
            hops += 1
            done = "" if link.link.startswith("/") else done
            todo += self._parts(link.link)
        return "" if todo else done

    def _parts(self, link: str) -> list[str]:
        parts = link.split("/")[::-1]
        self._left -= len(parts)
        if self._left < 0:
            raise LimitReached("its links lead through more folders than are followed")
        return parts
