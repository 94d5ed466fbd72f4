"""Machines that run models: memory, and the share of it that a model may use.

Figures are recalled from the documents and readings that `source` names and were not read off them again; give
`--gpu 24GB` where a byte matters.
"""

from fractions import Fraction
from typing import Final, Literal

from inspector.values import frozen

GiB: Final = 2**30

Kind = Literal["consumer GPU", "workstation GPU", "data-centre GPU", "unified memory", "edge board", "phone", "memory"]


@frozen
class Device:
    """One machine; `usable_share` is what programs may take of its memory, `common` rows stand in short tables."""

    id: str
    name: str
    kind: Kind
    memory_bytes: int
    usable_share: Fraction = Fraction(1)
    common: bool = False
    note: str = ""
    source: str

    @property
    def usable_bytes(self) -> int:
        return self.memory_bytes * self.usable_share.numerator // self.usable_share.denominator


_APPLE: Final = "Metal recommendedMaxWorkingSetSize: two thirds up to 36 GB, three quarters above"
_NVIDIA: Final = "NVIDIA product specification"
_AMD: Final = "AMD product specification"
_INTEL: Final = "Intel product specification"
_JETSON: Final = "NVIDIA Jetson module data sheet; the system keeps a share"
_PHONE: Final = "maker's specification; the share an app gets before the system ends it is assumed"


def _gpu(
    name: str, gib: int, kind: Kind = "consumer GPU", source: str = _NVIDIA, *, common: bool = False, note: str = ""
) -> Device:
    row = name.lower().replace(" ", "-")
    return Device(id=row, name=name, kind=kind, memory_bytes=gib * GiB, common=common, note=note, source=source)


def _shared(
    name: str, gib: int, share: Fraction, source: str, kind: Kind = "unified memory", *, common: bool = False
) -> Device:
    row = name.lower().replace(" ", "-")
    note = f"{share.numerator}/{share.denominator} of its memory usable"
    return Device(
        id=row,
        name=name,
        kind=kind,
        memory_bytes=gib * GiB,
        usable_share=share,
        common=common,
        note=note,
        source=source,
    )


_CENTRE: Final = "data-centre GPU"
_STATION: Final = "workstation GPU"

DEVICES: Final = (
    _gpu("GTX 1080 Ti", 11),
    _gpu("RTX 2060", 6),
    _gpu("RTX 2080 Ti", 11),
    _gpu("RTX 3050", 8),
    _gpu("RTX 3060", 12, common=True),
    _gpu("RTX 3060 Ti", 8),
    _gpu("RTX 3070", 8),
    _gpu("RTX 3080", 10),
    _gpu("RTX 3080 Ti", 12),
    _gpu("RTX 3090", 24, common=True),
    _gpu("RTX 3090 Ti", 24),
    _gpu("RTX 4060", 8, common=True),
    _gpu("RTX 4060 Ti 16GB", 16),
    _gpu("RTX 4070", 12),
    _gpu("RTX 4070 Ti Super", 16),
    _gpu("RTX 4080", 16, common=True),
    _gpu("RTX 4080 Super", 16),
    _gpu("RTX 4090", 24, common=True),
    _gpu("RTX 5060", 8),
    _gpu("RTX 5060 Ti 16GB", 16),
    _gpu("RTX 5070", 12),
    _gpu("RTX 5070 Ti", 16),
    _gpu("RTX 5080", 16),
    _gpu("RTX 5090", 32, common=True),
    _gpu("RX 7600", 8, source=_AMD),
    _gpu("RX 7800 XT", 16, source=_AMD),
    _gpu("RX 7900 XT", 20, source=_AMD),
    _gpu("RX 7900 XTX", 24, source=_AMD),
    _gpu("RX 9070 XT", 16, source=_AMD),
    _gpu("Arc A770", 16, source=_INTEL),
    _gpu("Arc B580", 12, source=_INTEL),
    _gpu("RTX A4000", 16, _STATION),
    _gpu("RTX A5000", 24, _STATION),
    _gpu("RTX A6000", 48, _STATION),
    _gpu("RTX 4000 Ada", 20, _STATION),
    _gpu("RTX 6000 Ada", 48, _STATION, common=True),
    _gpu("RTX PRO 6000 Blackwell", 96, _STATION, common=True),
    _gpu("Radeon PRO W7900", 48, _STATION, _AMD),
    _gpu("P100", 16, _CENTRE),
    _gpu("V100 16GB", 16, _CENTRE),
    _gpu("V100 32GB", 32, _CENTRE),
    _gpu("T4", 16, _CENTRE, common=True, note="15 GiB with error correction on"),
    _gpu("A10", 24, _CENTRE),
    _gpu("A10G", 24, _CENTRE, source="AWS G5 instance specification"),
    _gpu("A30", 24, _CENTRE),
    _gpu("A40", 48, _CENTRE),
    _gpu("L4", 24, _CENTRE, common=True),
    _gpu("L40S", 48, _CENTRE, common=True),
    _gpu("A100 40GB", 40, _CENTRE),
    _gpu("A100 80GB", 80, _CENTRE, common=True),
    Device(
        id="h100-80gb",
        name="H100 80GB",
        kind=_CENTRE,
        memory_bytes=81_559 * 2**20,
        common=True,
        source="nvidia-smi of one: 81,559 MiB",
    ),
    Device(
        id="h100-nvl",
        name="H100 NVL",
        kind=_CENTRE,
        memory_bytes=95_830 * 2**20,
        source="nvidia-smi of one: 95,830 MiB",
    ),
    Device(
        id="h200",
        name="H200",
        kind=_CENTRE,
        memory_bytes=143_771 * 2**20,
        common=True,
        source="nvidia-smi of one: 143,771 MiB",
    ),
    Device(
        id="b200",
        name="B200",
        kind=_CENTRE,
        memory_bytes=183_359 * 2**20,
        common=True,
        source="nvidia-smi of one: 183,359 MiB",
    ),
    Device(
        id="b300",
        name="B300",
        kind=_CENTRE,
        memory_bytes=288 * 10**9,
        source=f"{_NVIDIA}: 288 GB, taken as decimal",
    ),
    Device(
        id="gh200",
        name="GH200",
        kind=_CENTRE,
        memory_bytes=97_871 * 2**20,
        note="HBM3 of the GPU; 480 GB of the processor's memory beside it",
        source="nvidia-smi of one: 97,871 MiB",
    ),
    Device(
        id="mi210",
        name="MI210",
        kind=_CENTRE,
        memory_bytes=64 * GiB,
        source=_AMD,
    ),
    _gpu("MI250X", 128, _CENTRE, _AMD, note="two dies of 64 GiB, each a device of its own"),
    _gpu("MI300X", 192, _CENTRE, _AMD, common=True),
    _gpu("MI325X", 256, _CENTRE, _AMD),
    _gpu("MI355X", 288, _CENTRE, _AMD),
    _gpu("Gaudi 3", 128, _CENTRE, _INTEL),
    Device(
        id="tpu-v5e",
        name="TPU v5e",
        kind=_CENTRE,
        memory_bytes=16 * GiB,
        source="Google Cloud TPU v5e documentation",
    ),
    Device(
        id="tpu-v5p",
        name="TPU v5p",
        kind=_CENTRE,
        memory_bytes=95 * GiB,
        source="Google Cloud TPU v5p documentation",
    ),
    _shared("Apple M-series 8GB", 8, Fraction(2, 3), _APPLE),
    _shared("Apple M-series 16GB", 16, Fraction(2, 3), _APPLE, common=True),
    _shared("Apple M-series 24GB", 24, Fraction(2, 3), _APPLE),
    _shared("Apple M-series 32GB", 32, Fraction(2, 3), _APPLE),
    _shared("Apple M-series 36GB", 36, Fraction(2, 3), _APPLE),
    _shared("Apple M-series 48GB", 48, Fraction(3, 4), _APPLE, common=True),
    _shared("Apple M-series 64GB", 64, Fraction(3, 4), _APPLE),
    _shared("Apple M-series 96GB", 96, Fraction(3, 4), _APPLE),
    _shared("Apple M-series 128GB", 128, Fraction(3, 4), _APPLE, common=True),
    _shared("Apple M-series 192GB", 192, Fraction(3, 4), _APPLE),
    _shared("Apple M-series 256GB", 256, Fraction(3, 4), _APPLE),
    _shared("Apple M-series 512GB", 512, Fraction(3, 4), _APPLE, common=True),
    _shared("Ryzen AI Max+ 395 64GB", 64, Fraction(3, 4), "AMD: up to three quarters as graphics memory"),
    _shared("Ryzen AI Max+ 395 128GB", 128, Fraction(3, 4), "AMD: up to 96 GB as graphics memory", common=True),
    _shared(
        "DGX Spark", 128, Fraction(9, 10), "NVIDIA DGX Spark: 128 GB unified, the system keeps a share", common=True
    ),
    _shared("Jetson Orin Nano 8GB", 8, Fraction(3, 4), _JETSON, "edge board", common=True),
    _shared("Jetson Orin NX 16GB", 16, Fraction(4, 5), _JETSON, "edge board"),
    _shared("Jetson AGX Orin 32GB", 32, Fraction(7, 8), _JETSON, "edge board"),
    _shared("Jetson AGX Orin 64GB", 64, Fraction(9, 10), _JETSON, "edge board"),
    _shared("Jetson AGX Thor 128GB", 128, Fraction(9, 10), _JETSON, "edge board"),
    _shared(
        "Raspberry Pi 5 8GB",
        8,
        Fraction(3, 4),
        "Raspberry Pi 5 product brief; share assumed",
        "edge board",
        common=True,
    ),
    _shared("Raspberry Pi 5 16GB", 16, Fraction(4, 5), "Raspberry Pi 5 product brief; share assumed", "edge board"),
    _shared("iPhone 15 Pro", 8, Fraction(1, 2), _PHONE, "phone"),
    _shared("iPhone 16 Pro", 8, Fraction(1, 2), _PHONE, "phone", common=True),
    _shared("iPhone 17 Pro", 12, Fraction(1, 2), _PHONE, "phone"),
    _shared("Pixel 9 Pro", 16, Fraction(1, 2), _PHONE, "phone"),
    _shared("Galaxy S24 Ultra", 12, Fraction(1, 2), _PHONE, "phone", common=True),
    _shared("Galaxy S25 Ultra", 12, Fraction(1, 2), _PHONE, "phone"),
)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


#: Shortest part of a name that names devices.
_PART: Final = 3


def find_devices(text: str) -> tuple[Device, ...]:
    """The devices that a name means: the one that is called so, else all whose name ends in it, else all that hold it.

    A bare number names a device only as the end of its name: 4090.
    """
    wanted = _letters(text)
    exact = tuple(row for row in DEVICES if wanted in (_letters(row.id), _letters(row.name)))
    if exact or len(wanted) < _PART:
        return exact
    ends = tuple(row for row in DEVICES if _letters(row.name).endswith(wanted))
    return ends or tuple(row for row in DEVICES if not wanted.isdigit() and wanted in _letters(row.name))
