"""What the places that weights are kept in allow for one file or one layer, as rows with source and date.

A place without a published figure has no row. Where a page says GB, the smaller reading (10^9) is taken.
"""

from typing import Final, Literal

from inspector.values import frozen

_GITHUB_FILES: Final = "docs.github.com/en/repositories/working-with-files/managing-large-files"
_GITHUB_LFS: Final = f"{_GITHUB_FILES}/about-git-large-file-storage"
_AWS: Final = "docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html"
_READ: Final = "2026-11"


@frozen
class StorageLimit:
    """`bytes` is the largest file (or image layer) that the place takes: equal is allowed. `read` is year and month."""

    id: str
    name: str
    bytes: int
    unit: Literal["file", "layer"]
    source: str
    read: str = _READ


STORAGE_LIMITS: Final[tuple[StorageLimit, ...]] = (
    StorageLimit(
        id="ghcr",
        name="GitHub container registry",
        bytes=10 * 10**9,
        unit="layer",
        source="docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry",
    ),
    StorageLimit(id="ecr", name="Amazon ECR private registry", bytes=52_000 * 2**20, unit="layer", source=_AWS),
    StorageLimit(
        id="ecr-public",
        name="Amazon ECR public registry",
        bytes=10_000 * 2**20,
        unit="layer",
        source="docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html",
    ),
    StorageLimit(
        id="acr",
        name="Azure container registry",
        bytes=200 * 2**30,
        unit="layer",
        source="learn.microsoft.com/azure/container-registry/container-registry-skus",
    ),
    StorageLimit(
        id="github-release",
        name="GitHub release asset",
        bytes=2 * 2**30 - 1,
        unit="file",
        source="docs.github.com/en/repositories/releasing-projects-on-github/about-releases: under 2 GiB",
    ),
    StorageLimit(
        id="github-file",
        name="file in a GitHub repository without Git LFS",
        bytes=100 * 2**20,
        unit="file",
        source=f"{_GITHUB_FILES}/about-large-files-on-github",
    ),
    StorageLimit(id="github-lfs-free", name="Git LFS on GitHub Free", bytes=2 * 10**9, unit="file", source=_GITHUB_LFS),
    StorageLimit(id="github-lfs-pro", name="Git LFS on GitHub Pro", bytes=2 * 10**9, unit="file", source=_GITHUB_LFS),
    StorageLimit(id="github-lfs-team", name="Git LFS on GitHub Team", bytes=4 * 10**9, unit="file", source=_GITHUB_LFS),
    StorageLimit(
        id="github-lfs-enterprise",
        name="Git LFS on GitHub Enterprise Cloud",
        bytes=5 * 10**9,
        unit="file",
        source=_GITHUB_LFS,
    ),
    StorageLimit(
        id="pypi",
        name="file of a PyPI project without an increase",
        bytes=100 * 10**6,
        unit="file",
        source="docs.pypi.org/project-management/storage-limits",
    ),
    StorageLimit(
        id="play-asset-pack",
        name="Google Play asset pack (compressed download)",
        bytes=1_500 * 10**6,
        unit="file",
        source="support.google.com/googleplay/android-developer/answer/9859372",
    ),
    StorageLimit(
        id="fat32",
        name="file on FAT32",
        bytes=2**32 - 1,
        unit="file",
        source="Microsoft FAT32 File System Specification 1.03: DIR_FileSize is 32 bits",
    ),
)

STORAGE_LIMIT_BY_ID: Final = {row.id: row for row in STORAGE_LIMITS}
