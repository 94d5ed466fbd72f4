"""Mutated safetensors files: random valid headers, broken at random on every level. Deterministic per seed."""

import json
import random
from collections.abc import Callable, Iterator

from inspector.dtypes import DTYPES

_NAMES = ("a", "b", "w.0", "w.1.q", "__metadata__", "é", "x\ty", "\U0001f600", "", "dtype", "0")
_NUMBERS = (
    ("0", "1", "2", "4", "8", "-0", "-1", "1.0", "1e0", "1E+2", "00", "01", "0.0", "1e999", "-1e999", "1e-999")
    + ("18446744073709551615", "18446744073709551616", "9223372036854775808", "1" * 25, "9" * 309, "9" * 400)
    + ("0e99999", "1e", "1.", ".5", "+1", "NaN", "Infinity", "-Infinity", "0x1", "4294967296", "2305843009213693952")
)
_VALUES = (
    ("null", "true", "false", '""', '"F32"', '"1"', "{}", "[]", "[[]]", '{"F32":null}', '{"F32":{}}', "[0,4]")
    + ('{"F32":null,"F32":null}', '["F32",[1],[0,4]]', '["F32",[1],[0,4],0]', '"\\ud800"', '"\\udc00\\ud800"', "[0]")
    + ('"\\ud83d\\ude00"', '"\\u0041"', '"\\x41"', '"\\', '"\x01"', '"\x7f"', '"\\u00"', "nul", "[1,]", '{"a":1,}')
    + ("[" * 126 + "]" * 126, "[" * 125 + "]" * 125, "[" * 127 + "]" * 127, '{"a":' * 124 + "1" + "}" * 124, "'a'")
)
_FIELDS = ('"dtype"', '"shape"', '"data_offsets"', '"Dtype"', '"x"', '"\\u0064type"', '"__metadata__"')
_BLANKS = ("", " ", "\n", "\t", "\r", "\x0b", "\x0c", "\u00a0", "\ufeff", "//x\n", ",", ":")
_BYTES = (
    b"\x00",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc3",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
)


def files(seed: int) -> Iterator[bytes]:
    """An endless stream of mutated files."""
    rng = random.Random(seed)
    while True:
        tokens, data = _valid(rng)
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
            rng.choice(_TOKEN_MUTATIONS)(rng, tokens)
        yield _frame(rng, "".join(tokens).encode("utf-8", "surrogatepass"), data)


def _valid(rng: random.Random) -> tuple[list[str], int]:
    """Tokens of a valid header and the size of its data."""
    tokens, offset = ["{"], 0
    if rng.random() < 0.4:
        tokens += ['"__metadata__"', ":", rng.choice(('{"format":"pt"}', "{}", "null", '{"k":"v","k":"w"}')), ","]
    for i in range(rng.randint(0, 4)):
        row = rng.choice(DTYPES)
        shape = [rng.choice((0, 1, 2, 3, 4, 8)) for _ in range(rng.randint(0, 3))]
        bits = row.bits
        for dim in shape:
            bits *= dim
        size = bits // 8
        name = json.dumps(rng.choice(_NAMES[:4]) if rng.random() < 0.3 else f"t.{i}", ensure_ascii=rng.random() < 0.5)
        fields = [
            ('"dtype"', [json.dumps(row.name)]),
            ('"shape"', ["[", *_joined([str(dim) for dim in shape]), "]"]),
            ('"data_offsets"', ["[", str(offset), ",", str(offset + size), "]"]),
        ]
        if rng.random() < 0.2:
            rng.shuffle(fields)
        tokens += [name, ":", "{"]
        for key, value in fields:
            tokens += [key, ":", *value, ","]
        tokens[-1:] = ["}", ","]
        offset += size
    if tokens[-1] == ",":
        tokens.pop()
    return [*tokens, "}", " " * rng.choice((0, 0, 1, 7))], offset


def _joined(items: list[str]) -> list[str]:
    return [token for item in items for token in (item, ",")][:-1]


def _replace(rng: random.Random, tokens: list[str], choices: tuple[str, ...]) -> None:
    tokens[rng.randrange(len(tokens))] = rng.choice(choices)


def _replace_number(rng: random.Random, tokens: list[str]) -> None:
    places = [i for i, token in enumerate(tokens) if token.isdigit()]
    if places:
        tokens[rng.choice(places)] = rng.choice(_NUMBERS) if rng.random() < 0.6 else str(rng.randint(0, 64))


def _insert(rng: random.Random, tokens: list[str]) -> None:
    tokens.insert(rng.randrange(len(tokens) + 1), rng.choice(_BLANKS))


def _delete(rng: random.Random, tokens: list[str]) -> None:
    if len(tokens) > 1:
        del tokens[rng.randrange(len(tokens))]


def _swap(rng: random.Random, tokens: list[str]) -> None:
    i, j = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    tokens[i], tokens[j] = tokens[j], tokens[i]


def _repeat(rng: random.Random, tokens: list[str]) -> None:
    i = rng.randrange(len(tokens))
    j = min(len(tokens), i + rng.randint(1, 20))
    tokens[j:j] = tokens[i:j]


def _add_field(rng: random.Random, tokens: list[str]) -> None:
    places = [i for i, token in enumerate(tokens) if token == "{"]
    if places:
        i = rng.choice(places) + 1
        tokens[i:i] = [rng.choice(_FIELDS), ":", rng.choice(_VALUES + _NUMBERS), ","]


_TOKEN_MUTATIONS: tuple[Callable[[random.Random, list[str]], None], ...] = (
    lambda rng, tokens: _replace(rng, tokens, _VALUES),
    lambda rng, tokens: _replace(rng, tokens, _FIELDS),
    _replace_number,
    _replace_number,
    _insert,
    _insert,
    _delete,
    _swap,
    _repeat,
    _add_field,
    _add_field,
)


def _frame(rng: random.Random, body: bytes, data: int) -> bytes:
    if rng.random() < 0.15 and body:
        place = rng.randrange(len(body))
        body = body[:place] + rng.choice(_BYTES) + body[place + rng.randint(0, 1) :]
    length = len(body) + (rng.choice((-1, 1, 8, 2**32, 2**63)) if rng.random() < 0.05 else 0)
    size = max(0, data + (rng.choice((-1, 1, 4)) if rng.random() < 0.05 else 0))
    return (length % 2**64).to_bytes(8, "little") + body + bytes(size)
