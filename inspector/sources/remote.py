"""A target that is no local path -> the source behind it: the Hub, a registry, an object store, a file over HTTP."""

from collections.abc import Callable

from inspector.errors import UsageError
from inspector.sources.base import Source
from inspector.sources.hub_settings import HubSettings
from inspector.sources.hub_target import HubTarget, parse_hub_target, parse_revision
from inspector.values import replace


def open_remote(target: str, revision: str, remote: Callable[[], HubSettings]) -> Source | None:
    """The source that `target` names, None where it names no remote one; nothing is asked of any server yet.

    `remote` makes the settings, once and only where the target is remote. Raises `UsageError`, `Unsupported`.
    """
    if "://" not in target and parse_hub_target(target) is None:
        return None
    settings = remote()
    hub_target = parse_hub_target(target, settings.endpoint)
    if hub_target is not None:
        from inspector.sources.hub import HubSource

        return HubSource(_at(hub_target, revision, target), settings)
    if target.startswith("oci://"):
        from inspector.sources.oci.opening import open_registry

        return open_registry(target, revision, settings)
    source = _open_elsewhere(target, settings)
    if source is not None and revision:
        raise UsageError(f"{target}: only a Hub repository or an OCI artifact has a revision.")
    return source


def _at(hub_target: HubTarget, revision: str, target: str) -> HubTarget:
    asked = parse_revision(revision) if revision else hub_target.revision
    if hub_target.revision not in ("", asked):
        raise UsageError(f"{target}: it names revision {hub_target.revision}, and {asked} is asked for.")
    return replace(hub_target, revision=asked)


def _open_elsewhere(target: str, settings: HubSettings) -> Source | None:
    from inspector.sources.http import HttpSource, parse_http_target
    from inspector.sources.object_store import ObjectStoreSource, is_object_store

    url = parse_http_target(target)
    if url is not None:
        if settings.offline:
            raise UsageError(f"{target}: cannot be read offline.")
        return HttpSource(url, settings.network)
    if not is_object_store(target):
        return None
    if settings.offline:
        raise UsageError(f"{target}: cannot be read offline.")
    return ObjectStoreSource(target, settings.network, anonymous=settings.anonymous)
