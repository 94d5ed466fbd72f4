"""Paths inside a target: parts joined by `/`, relative to its root, whose own folder is ""."""


def folder_of(path: str) -> str:
    """The folder that holds a path, "" at the root."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def join(folder: str, name: str) -> str:
    """A name inside a folder; the name itself at the root."""
    return f"{folder}/{name}" if folder else name
