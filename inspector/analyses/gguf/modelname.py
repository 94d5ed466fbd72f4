"""Parts of a model's folder name as the GGUF converter reads them: base name, size, finetune, version."""

import re
from typing import Final

from inspector.values import frozen, replace

_VERSION: Final = r"(v|iter)?\d+([.]\d+)*"
_KIND: Final = r"i?q\d(_\w)*|b?fp?(16|32)"
_SIZE: Final = r"(([A]|\d+[x])?\d+([._]\d+)?[KMBT][\d]?|small|mini|medium|large|x?xl)"
_TUNED: Final = r"chat|instruct|vision|lora"
_PLAIN_WORD: Final = r"^(v\d+(?:\.\d+)*|\d.*)$"


@frozen
class NameParts:
    """What a folder name tells; "" for what it does not."""

    name: str
    organization: str = ""
    basename: str = ""
    finetune: str = ""
    version: str = ""
    size_label: str = ""


def first_of(*sources: NameParts) -> NameParts:
    """Each part from the first source that tells it."""
    fields = ("name", "organization", "basename", "finetune", "version", "size_label")
    found = {key: next((value for one in sources if (value := getattr(one, key))), "") for key in fields}
    return NameParts(**found)


def title_of(name: str) -> str:
    """A name with its words capitalised as the converter does."""
    words = name.strip().replace("-", " ").split()
    return " ".join(word.title() if word.islower() and not re.match(_PLAIN_WORD, word) else word for word in words)


def _is(pattern: str, word: str) -> bool:
    return re.fullmatch(pattern, word, re.IGNORECASE) is not None


def name_parts(name: str, params: int) -> NameParts:
    """The parts of a folder's or repository's name for a model of that many parameters."""
    if " " in name:
        return NameParts(name=name)
    owner, slash, rest = name.partition("/")
    if slash:
        organization = "" if owner.startswith(".") else owner
        return replace(name_parts(rest, params), organization=organization)
    words = [word for word in name.split("-") if word]
    kinds = [_kind_of(i, word, params) for i, word in enumerate(words)]
    words = [_written(word, kind) for word, kind in zip(words, kinds, strict=True)]
    kinds = _without_word_sizes(words, kinds)
    kinds = _with_basename(words, kinds)
    chosen = {
        kind: [word for word, own in zip(words, kinds, strict=True) if kind in own]
        for kind in ("basename", "size_label", "finetune", "version")
    }
    version = [word for word, own in zip(words, kinds, strict=True) if "version" in own and "basename" not in own]
    size = "-".join(dict.fromkeys(chosen["size_label"]))
    finetune = "-".join(chosen["finetune"])
    known = bool(size or finetune or version)
    return NameParts(
        name=name,
        basename="-".join(chosen["basename"]) if known else "",
        finetune=finetune,
        version="-".join(version),
        size_label=size,
    )


def _kind_of(index: int, word: str, params: int) -> frozenset[str]:
    if _is(_VERSION, word):
        return frozenset(("version",))
    if _is(_KIND, word):
        return frozenset(("type",))
    if index and _is(_SIZE, word):
        return frozenset(("finetune",)) if _is_context(word, params) else frozenset(("size_label",))
    return frozenset(("finetune",)) if index and _is(_TUNED, word) else frozenset()


def _is_context(word: str, params: int) -> bool:
    """Is a size in a name far from the model's own, such as a context length?"""
    word = _normal_size(word)
    try:
        size = float(word[:-1]) * 1000 ** " KMBT".find(word[-1])
    except ValueError:
        return False
    return bool(params) and abs(size - params) > 7 * params // 8


def _normal_size(word: str) -> str:
    word = word.replace("_", ".")
    if word[-1].isdecimal():
        word = word[:-2] + "." + word[-1] + word[-2]
    if len(word) > 1 and word[-2].isdecimal() and word[-1] in "kmbt":
        word = word[:-1] + word[-1].upper()
    return word


def _written(word: str, kind: frozenset[str]) -> str:
    if "type" in kind:
        return word.upper()
    if "size_label" in kind:
        return _normal_size(word)
    if "finetune" in kind and _is(_SIZE, word):
        word = _normal_size(word)
        return word[:-1] + word[-1].lower()
    return word


def _without_word_sizes(words: list[str], kinds: list[frozenset[str]]) -> list[frozenset[str]]:
    """Sizes in words count only where none is in figures."""
    sizes = [word for word, kind in zip(words, kinds, strict=True) if "size_label" in kind]
    if not any(char.isdecimal() for word in sizes for char in word):
        return kinds
    return [
        kind - {"size_label"} if "size_label" in kind and word.isalpha() else kind
        for word, kind in zip(words, kinds, strict=True)
    ]


def _with_basename(words: list[str], kinds: list[frozenset[str]]) -> list[frozenset[str]]:
    """The words at the start are the base name, other unknown ones name the finetune."""
    named: list[frozenset[str]] = []
    at_start = True
    for word, kind in zip(words, kinds, strict=True):
        if at_start and ((not kind and word[0].isalpha()) or "version" in kind):
            named.append(kind | {"basename"})
            continue
        at_start = False
        named.append(kind or frozenset(("finetune",)))
    for i in reversed(range(len(named))):
        if "basename" not in named[i] or len(named[i]) == 1:
            break
        named[i] -= {"basename"}
    return named
