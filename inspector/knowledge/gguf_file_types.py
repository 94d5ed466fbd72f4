"""File types of llama.cpp: what `llama-quantize` may be asked for, and which mix of tensor types that names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from inspector.values import frozen

#: The version whose rules are followed here.
LLAMA_CPP: Final = "llama.cpp as vendored in llama-cpp-python 0.3.36 (libllama 0.5.0-dev, ggml 0.25.3)"
_SOURCE: Final = "src/llama-quant.cpp and tools/quantize/quantize.cpp, ggml-org/llama.cpp@007dbbf3"


@frozen
class GgufFileType:
    """One file type: its name in llama.cpp, the type that most tensors get, and what an importance matrix does.

    `needs_imatrix`: the tool refuses without one. `imatrix_changes_types`: one changes the mix, so both exist.
    """

    id: str
    name: str
    number: int
    default: str
    needs_imatrix: bool = False
    imatrix_changes_types: bool = False
    aliases: tuple[str, ...] = ()
    note: str = ""
    source: str = _SOURCE


def _row(name: str, number: int, default: str, **more: bool | str | tuple[str, ...]) -> GgufFileType:
    return GgufFileType(id="gguf/" + name.lower(), name=name, number=number, default=default, **more)  # type: ignore[arg-type]


FILE_TYPES: Final = (
    _row("F32", 0, "F32"),
    _row("F16", 1, "F16"),
    _row("BF16", 32, "BF16"),
    _row("Q8_0", 7, "Q8_0"),
    _row("Q6_K", 18, "Q6_K"),
    _row("Q5_K_M", 17, "Q5_K", aliases=("gguf/q5_k",), note="more bits for some attn_v and ffn_down layers"),
    _row("Q5_K_S", 16, "Q5_K"),
    _row("Q5_1", 9, "Q5_1"),
    _row("Q5_0", 8, "Q5_0", imatrix_changes_types=True),
    _row("Q4_K_M", 15, "Q4_K", aliases=("gguf/q4_k",), note="more bits for some attn_v and ffn_down layers"),
    _row("Q4_K_S", 14, "Q4_K", note="more bits for the first attn_v and ffn_down layers"),
    _row("Q4_1", 3, "Q4_1"),
    _row("Q4_0", 2, "Q4_0", imatrix_changes_types=True),
    _row("IQ4_NL", 25, "IQ4_NL", imatrix_changes_types=True),
    _row("IQ4_XS", 30, "IQ4_XS", imatrix_changes_types=True),
    _row("MXFP4_MOE", 38, "MXFP4", note="expert tensors in MXFP4, every other matrix in Q8_0"),
    _row("Q3_K_L", 13, "Q3_K"),
    _row("Q3_K_M", 12, "Q3_K", aliases=("gguf/q3_k",)),
    _row("Q3_K_S", 11, "Q3_K"),
    _row("IQ3_M", 27, "IQ3_S"),
    _row("IQ3_S", 26, "IQ3_S"),
    _row("IQ3_XS", 22, "IQ3_S", needs_imatrix=True),
    _row("IQ3_XXS", 23, "IQ3_XXS", needs_imatrix=True),
    _row("Q2_K", 10, "Q2_K"),
    _row("Q2_K_S", 21, "Q2_K", needs_imatrix=True),
    _row("IQ2_M", 29, "IQ2_S", needs_imatrix=True),
    _row("IQ2_S", 28, "IQ2_XS", needs_imatrix=True),
    _row("IQ2_XS", 20, "IQ2_XS", needs_imatrix=True),
    _row("IQ2_XXS", 19, "IQ2_XXS", needs_imatrix=True),
    _row("IQ1_M", 31, "IQ1_M", needs_imatrix=True),
    _row("IQ1_S", 24, "IQ1_S", needs_imatrix=True),
    _row("TQ2_0", 37, "TQ2_0", note="ternary; useful for models trained so"),
    _row("TQ1_0", 36, "TQ1_0", note="ternary; useful for models trained so"),
    _row("Q2_0", 41, "Q2_0"),
    _row("Q1_0", 40, "Q1_0", note="refused where a row is not divisible by 128"),
    _row("NVFP4", 39, "NVFP4", note="written by the converter from NVFP4 checkpoints; llama-quantize does not make it"),
)


@frozen
class GgufScheme:
    """A file type with or without an importance matrix, as a scheme id names it."""

    id: str
    file_type: GgufFileType
    imatrix: bool

    @property
    def summary(self) -> str:
        kind = "most matrices" if self.file_type.default != self.file_type.name else "matrices"
        matrix = ", with an importance matrix" if self.imatrix else ""
        note = f"; {self.file_type.note}" if self.file_type.note else ""
        return f"llama.cpp {self.file_type.name}: {kind} in {self.file_type.default}{matrix}{note}"


def _schemes() -> tuple[GgufScheme, ...]:
    rows = []
    for row in FILE_TYPES:
        rows.append(GgufScheme(id=row.id, file_type=row, imatrix=row.needs_imatrix))
        if row.imatrix_changes_types:
            rows.append(GgufScheme(id=row.id + "+imatrix", file_type=row, imatrix=True))
    return tuple(rows)


SCHEMES: Final = _schemes()
_BY_ID: Final[Mapping[str, GgufScheme]] = MappingProxyType(
    {scheme.id: scheme for scheme in SCHEMES}
    | {alias: scheme for scheme in SCHEMES if not scheme.id.endswith("+imatrix") for alias in scheme.file_type.aliases}
)


def find_scheme(scheme_id: str) -> GgufScheme | None:
    """The scheme of that id or alias, in any case of letters; None where llama.cpp has no such file type."""
    return _BY_ID.get(scheme_id.lower())
