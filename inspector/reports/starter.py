"""A commented starter configuration from measured values."""

from collections.abc import Sequence
from typing import Final

from inspector.rules.budgets import Measured
from inspector.units import ceil_div, format_bytes, format_count

#: Room that a starter budget leaves above what was measured, in percent.
_ROOM: Final = 5
_FAIL_ON: Final = 'fail-on = "error"'
_BASELINE: Final = '# baseline = "main.json"'


def starter_configuration(targets: Sequence[tuple[str, Measured]]) -> str:
    """An inspector.toml with one budget for each measured target: the size rounded up with a little room."""
    head = (
        "# Budgets for `inspector gate`; every key is explained by `inspector rules ST7`.\n"
        "# Paths are globs relative to this file. GB is 10^9 bytes, GiB is 2^30. A value equal to its limit passes.\n"
        f"[tool.inspector]\n{_line(_FAIL_ON, 'error, warning, info or never')}\n"
        f"{_line(_BASELINE, 'from: inspector inspect TARGET -o json=main.json')}\n"
    )
    foot = (
        "# [[tool.inspector.ignore]]\n"
        '# rule = "ST305"\n# path = "model.safetensors"\n# reason = "why this is accepted"   # required\n'
        "# expires = 2027-03-01\n"
    )
    return "\n".join([head, *(_budget(path, measured) for path, measured in targets), foot])


def _budget(path: str, measured: Measured) -> str:
    total = sum(size for _, size in measured.files)
    largest = max((size for _, size in measured.files), default=0)
    dtypes = ", ".join(_text(dtype) for dtype in sorted(measured.dtypes))
    name = path.rstrip("/").rpartition("/")[2] or "model"
    lines = [
        "[[tool.inspector.budget]]",
        f"name = {_text(name)}",
        f"path = [{_text(path or '**')}]",
        _line(f"max-size = {_text(_rounded_up(total))}", f"measured: {format_bytes(total)} ({total:,} bytes)"),
        _line(f"# max-file-size = {_text(_rounded_up(largest))}", f"largest file: {format_bytes(largest)}"),
        _line(f"# max-params = {_text(str(measured.params))}", f"measured: {format_count(measured.params)}"),
        _line('# max-growth = "2 %"', "against the baseline"),
        _line('# max-layer = "ghcr"', "or ecr, acr, github-release, fat32, …"),
        _line('# scheme = "gguf/q4_k_m"', "sizes hold for the artifact under this scheme"),
        '# max-memory = "24 GB"',
        f"# allow-dtypes = [{dtypes}]",
        '# forbid-tensors = ["model_ema.*", "*.exp_avg"]',
        '# message = "What to do when this breaks."',
        "",
    ]
    return "\n".join(lines)


def _line(setting: str, remark: str) -> str:
    """A setting and, in a column of its own, what there is to say of it."""
    return f"{setting:<30} # {remark}"


def _rounded_up(size: int) -> str:
    """A size a little above, in two or three digits: 16,060,000,000 gives "17 GB"."""
    wanted = size + ceil_div(size * _ROOM, 100)
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if wanted >= 10 * factor:
            return f"{ceil_div(wanted, factor)} {unit}"
        if wanted >= factor:
            tenths = ceil_div(wanted * 10, factor)
            return f"{tenths // 10}.{tenths % 10} {unit}"
    return f"{max(wanted, 1)} B"


def _text(text: str) -> str:
    """A TOML basic string; characters that may not stand in one are escaped."""
    out = "".join(_escaped(char) for char in text)
    return f'"{out}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    code = ord(char)
    if char.isprintable() and not 0xD800 <= code < 0xE000:
        return char
    return "\\uFFFD" if 0xD800 <= code < 0xE000 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
