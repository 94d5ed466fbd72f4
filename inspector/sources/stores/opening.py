"""From a URL to its store: the library that its scheme names is loaded, and finds address and credentials."""

from collections.abc import Mapping
from typing import Any

from inspector.errors import AccessDenied, Unreachable
from inspector.sources.network.settings import Network
from inspector.sources.stores import azure, gcs, s3
from inspector.sources.stores.libraries import EXTRAS, LOGIN_SECONDS, fsspec, told, within
from inspector.sources.stores.other import OtherStore
from inspector.sources.stores.rest import Dialect, RestStore
from inspector.sources.stores.store import Store
from inspector.values import replace

#: What opening a bucket gives: how to speak to it, the key in it, and a file of certificates ("" for the usual ones).
_Connected = tuple[Dialect, str, str]


def open_store(url: str, ref: str, network: Network, *, anonymous: bool) -> tuple[Store, str]:
    """The store behind a URL, and the key in it that the URL names, without a slash at its end.

    Raises `Unsupported` where its library is missing, `AccessDenied` where there are no credentials.
    """
    kind = EXTRAS.get(url.partition("://")[0], "")
    if not kind:
        slow = Unreachable(f"{ref}: no answer in {LOGIN_SECONDS:g} s.")
        fs, path = told(ref, lambda: within(LOGIN_SECONDS, lambda: _filesystem(url, {}), slow))
        return OtherStore(ref, fs), path
    connect, login = {"s3": (_s3, s3.LOGIN), "gcs": (_gcs, gcs.LOGIN), "azure": (_azure, azure.LOGIN)}[kind]
    late = AccessDenied(f"{ref}: no credentials were found in {LOGIN_SECONDS:g} s.", hint=login)
    dialect, key, ca_file = told(
        ref, lambda: within(LOGIN_SECONDS, lambda: connect(url, ref, anonymous), late), login=login
    )
    hint = "It is not public: ask without --anonymous." if anonymous else login
    network = replace(network, ca_file=ca_file) if ca_file else network
    return RestStore(ref, dialect, network, login=hint), key.rstrip("/")


def _s3(url: str, ref: str, anonymous: bool) -> _Connected:
    fs, path = _filesystem(url, {"anon": True} if anonymous else {})
    bucket, key, _ = fs.split_path(path)
    return s3.s3_bucket(ref, fs, bucket), key, s3.ca_file(fs)


def _gcs(url: str, ref: str, anonymous: bool) -> _Connected:
    fs = gcs.gcs_filesystem(ref, anonymous=anonymous)
    bucket, _, key = str(fs._strip_protocol(url)).partition("/")
    return gcs.gcs_bucket(fs, bucket), key, ""


def _azure(url: str, ref: str, anonymous: bool) -> _Connected:
    try:
        fs, path = _filesystem(url, {"anon": True} if anonymous else {})
    except ValueError as error:
        if "account_name" not in str(error):
            raise
        raise AccessDenied(f"{ref}: no storage account is named.", hint=azure.LOGIN) from None
    container, _, key = path.partition("/")
    return azure.azure_container(ref, fs, container, anonymous=anonymous), key, ""


def _filesystem(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    """The file system behind a URL and the path in it. Raises what its library raises."""
    fs, path = fsspec().url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **options)
    return fs, str(path).rstrip("/")
