"""A target that names an artifact or image -> the source of the files in it; nothing is asked of a registry yet."""

from typing import TYPE_CHECKING

from inspector.errors import UsageError
from inspector.model import Target
from inspector.sources.local import LocalSource, open_local
from inspector.sources.oci.challenge import Login
from inspector.sources.oci.layout import LocalStore, archive_files, folder_files
from inspector.sources.oci.reference import parse_reference
from inspector.sources.oci.registry_store import RegistryStore
from inspector.sources.oci.source import OciSource

if TYPE_CHECKING:
    from inspector.sources.hub_settings import HubSettings


def open_registry(target: str, revision: str, settings: "HubSettings") -> OciSource:
    """`oci://registry/repository:tag`. Raises `UsageError`."""
    reference = parse_reference(target, revision)
    if settings.offline:
        raise UsageError(f"{target}: cannot be read offline.")
    find = None if settings.anonymous else settings.registry_login
    login = find(reference.registry, reference.repository) if find else Login()
    return OciSource(RegistryStore(reference, settings.network, login, settings.header_cache), settings.say)


def open_archive(path: str, revision: str) -> OciSource:
    """The archive that docker save or a layout was packed in. Raises `CannotLook`."""
    source = open_local(path)
    return OciSource(LocalStore(path, source, lambda: archive_files(source), revision))


def open_layout(path: str, revision: str) -> OciSource:
    """A folder that is an OCI layout."""
    source = LocalSource(path, Target(kind="folder", ref=path))
    return OciSource(LocalStore(path, source, lambda: folder_files(source), revision))
