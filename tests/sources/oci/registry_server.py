"""A loopback registry: manifests by tag and digest, blobs behind a redirect to storage of another origin, logins."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote

from tests.sources.hub_server import Content, HubServer, Reply, Request, ranged
from tests.sources.oci.packing import Artifact, digest

TOKEN = "registry-token"
NAME, PASSWORD = "someone", "secret"
REPOSITORY = "org/name"


class RegistryServer(HubServer):
    """One repository. `login` is "" (open to all), "token" (anonymous tokens), "account" or "basic"."""

    def __init__(self, artifact: Artifact, *, login: str = "token", tag: str = "v1") -> None:
        super().__init__({})
        self.login = login
        self.manifests: dict[str, bytes] = {tag: artifact.manifest}
        self.blobs: dict[str, bytes] = dict(artifact.blobs)
        self.host = self.url.removeprefix("http://")
        self.target = f"oci://{self.host}/{REPOSITORY}:{tag}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [unquote(request.target.partition("?")[0]) for request in self.requests]

    def _usual(self, request: Request) -> Reply:
        path = request.target.partition("?")[0]
        if request.place == "storage":
            return self._blob(request, path.rpartition("/")[2], {})
        if path == "/token":
            return self._token(request)
        refusal = self._refused(request)
        if refusal is not None:
            return refusal
        what, _, name = path.removeprefix(f"/v2/{REPOSITORY}/").partition("/")
        if what == "manifests":
            return self._manifest(name)
        if name not in self.blobs:
            return Reply(404, {}, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
        return Reply(307, {"Location": f"{self.storage_url}/data/{name}?signature=x"})

    def _manifest(self, name: str) -> Reply:
        found = {**self.manifests, **{digest(data): data for data in self.manifests.values()}}.get(name)
        if found is None:
            return Reply(404, {}, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        return Reply(200, {"Docker-Content-Digest": digest(found)}, found)

    def _blob(self, request: Request, name: str, headers: Mapping[str, str]) -> Reply:
        data = self.blobs[name]
        return ranged(request, Content(data, len(data)), {**headers, "ETag": f'"{name}"'})

    def _refused(self, request: Request) -> Reply | None:
        given = request.headers.get("authorization", "")
        if self.login == "" or given == f"Bearer {TOKEN}":
            return None
        if self.login == "basic":
            return None if given == _basic() else Reply(401, {"WWW-Authenticate": 'Basic realm="registry"'})
        return Reply(401, self.challenge(), b'{"errors":[{"code":"UNAUTHORIZED"}]}')

    def challenge(self) -> dict[str, str]:
        """The header that asks for a token."""
        scope = f"repository:{REPOSITORY}:pull"
        return {"WWW-Authenticate": f'Bearer realm="{self.url}/token",service="registry",scope="{scope}"'}

    def _token(self, request: Request) -> Reply:
        asked = parse_qs(request.target.partition("?")[2])
        assert asked["scope"] == [f"repository:{REPOSITORY}:pull"]
        if self.login == "account" and request.headers.get("authorization") != _basic():
            return Reply(401)
        return Reply(200, {}, json.dumps({"token": TOKEN, "expires_in": 300}).encode())


def _basic() -> str:
    return f"Basic {base64.b64encode(f'{NAME}:{PASSWORD}'.encode()).decode()}"
