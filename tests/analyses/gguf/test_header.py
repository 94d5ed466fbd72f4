"""Header bytes, recomputed by hand from the file format."""

import json
from typing import Any

from inspector.analyses.gguf.header import tensor_info_bytes
from inspector.analyses.gguf.keyvalues import KeyValues, between, padded
from inspector.analyses.gguf.model import GgufTensors
from inspector.analyses.gguf.sentencepiece import piece_lengths
from inspector.analyses.gguf.tokenizer import TokenizerFiles, read_tokenizer
from inspector.analyses.gguf.tokenizer_keys import digits_below
from tests.analyses.gguf.models import CONFIG, llama, model_of, sized


def piece(text: str, score: bytes = b"\x15\x00\x00\x80\xbf", kind: bytes = b"") -> bytes:
    body = b"\x0a" + bytes([len(text.encode())]) + text.encode() + score + kind
    return b"\x0a" + bytes([len(body)]) + body


SENTENCEPIECE = b"".join((piece("<unk>", kind=b"\x18\x02"), piece("<s>", kind=b"\x18\x03"), piece("\u2581a")))


def files(**changes: Any) -> TokenizerFiles:
    texts: dict[str, str | bytes] = {
        "tokenizer.model": SENTENCEPIECE,
        "tokenizer_config.json": json.dumps({"add_bos_token": True}),
        **changes,
    }
    return TokenizerFiles(texts=texts, sizes={name: len(text) for name, text in texts.items()})


def test_key_values_have_their_bytes() -> None:
    header = KeyValues()
    header.scalar("ab", 1)
    header.text("k", "é")
    header.numbers("n", 3)
    header.texts("t", 2, 5)
    assert [amount.best for amount in header.sizes.values()] == [
        8 + 2 + 4 + 1,
        8 + 1 + 4 + 8 + 2,
        8 + 1 + 4 + 4 + 8 + 12,
        8 + 1 + 4 + 4 + 8 + 2 * 8 + 5,
    ]


def test_a_key_is_counted_once() -> None:
    header = KeyValues()
    header.scalar("a")
    header.scalar("a")
    assert header.total == between(17, 17, 17)


def test_tensor_infos_count_names_and_dimensions() -> None:
    row = GgufTensors(name="blk.*.attn_q.weight", shape=(64, 64), blocks=(9, 10))
    name = len("blk.9.attn_q.weight")
    assert tensor_info_bytes(row) == 2 * (8 + name + 4 + 2 * 8 + 4 + 8) + 1


def test_dimensions_of_one_do_not_count() -> None:
    assert GgufTensors(name="x", shape=(1, 8), blocks=(-1,)).dims == 1
    assert GgufTensors(name="x", shape=(8, 1), blocks=(-1,)).dims == 2
    assert GgufTensors(name="x", shape=(), blocks=(-1,)).dims == 1


def test_sizes_are_padded_to_32() -> None:
    assert [padded(size) for size in (0, 1, 32, 33)] == [0, 32, 32, 64]


def test_a_sentencepiece_model_is_read_without_the_library() -> None:
    assert piece_lengths(SENTENCEPIECE) == [5, 3, 4]


def test_what_is_no_sentencepiece_model_is_not_read() -> None:
    for broken in (b"", b"\x0a", b"\x0a\x05ab", b"\xff" * 20, b"\x00" * 100, b"\x0b\x00"):
        assert piece_lengths(broken) is None


def test_added_tokens_replace_pieces() -> None:
    added = files(**{"added_tokens.json": json.dumps({"<tool>": 3})})
    vocabulary = read_tokenizer(added).vocabulary
    assert vocabulary is not None
    assert dict(vocabulary.lengths) == {0: 5, 1: 3, 2: 4, 3: 6}


def test_a_byte_pair_vocabulary_counts_merges() -> None:
    tokenizer = {
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"], ["a b", "c"]]},
        "added_tokens": [{"id": 3, "content": "<eos>", "special": True}],
    }
    text = json.dumps(tokenizer)
    vocabulary = read_tokenizer(
        TokenizerFiles(texts={"tokenizer.json": text}, sizes={"tokenizer.json": len(text)})
    ).vocabulary
    assert vocabulary is not None
    assert dict(vocabulary.lengths) == {0: 1, 1: 1, 2: 2, 3: 5}
    # "a b", and "aĠb c" whose space within a part takes two bytes.
    assert vocabulary.merges == (2, 3 + 6)


def test_broken_tokenizers_are_not_known() -> None:
    for text in ("", "[1]", '{"model": []}', '{"model": {"vocab": {}}}', "[" * 10_000):
        assert read_tokenizer(TokenizerFiles(texts={"tokenizer.json": text})).vocabulary is None


def test_the_header_of_a_small_llama_is_exact() -> None:
    model = model_of(llama(layers=1), {**CONFIG, "vocab_size": 4, "num_hidden_layers": 1}, files())
    texts = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Tiny",
        "general.size_label": "821K",
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
    }
    scalars = [
        "llama.block_count",
        "llama.embedding_length",
        "llama.attention.head_count",
        "llama.attention.head_count_kv",
        "llama.vocab_size",
        "llama.rope.dimension_count",
        # What transformers' class for a Llama configuration fills in where config.json is silent.
        "llama.rope.freq_base",
        "llama.attention.layer_norm_rms_epsilon",
        "llama.attention.key_length",
        "llama.attention.value_length",
        "general.file_type",
        "general.quantization_version",
    ]
    expected = 24 + sum(tensor_info_bytes(row.tensors) for row in model.candidates)
    expected += sum(8 + len(key) + 4 + 8 + len(value) for key, value in texts.items())
    expected += sum(8 + len(key) + 4 + 4 for key in scalars)
    expected += 8 + len("tokenizer.ggml.add_bos_token") + 4 + 1
    # Four tokens: three pieces and one that fills the table up.
    expected += 8 + len("tokenizer.ggml.tokens") + 4 + 12 + 4 * 8 + 5 + 3 + 4 + len("[PAD3]")
    expected += 8 + len("tokenizer.ggml.scores") + 4 + 12 + 4 * 4
    expected += 8 + len("tokenizer.ggml.token_type") + 4 + 12 + 4 * 4
    projection = sized(model, "gguf/q8_0")
    assert projection.exact
    assert projection.header_bytes == projection.header_low_bytes == padded(expected)


def test_an_unread_tokenizer_gives_bounds_and_a_word_why() -> None:
    unread = TokenizerFiles(sizes={"tokenizer.json": 9_000_000, "tokenizer_config.json": 50_000})
    spec = llama(layers=1) | {"model.embed_tokens.weight": ("BF16", [128256, 256])}
    projection = sized(model_of(spec, {**CONFIG, "vocab_size": 128256}, unread), "gguf/q4_k_m")
    assert not projection.exact
    assert 7_817_421 < projection.header_low_bytes < projection.header_bytes < projection.header_high_bytes < 7_850_000
    assert any("tokenizer could not be read" in note for note in projection.assumptions)


def test_a_model_card_adds_what_is_not_known() -> None:
    card = model_of(llama(), {**CONFIG, "vocab_size": 4}, files(**{"README.md": "---\nlicense: mit\n---\n"}))
    assert not sized(card, "gguf/q8_0").exact


def test_a_matrix_adds_paths_of_unknown_length() -> None:
    model = model_of(llama(), {**CONFIG, "vocab_size": 4}, files())
    plain, matrix = sized(model, "gguf/q4_0"), sized(model, "gguf/q4_0+imatrix")
    assert plain.exact
    assert not matrix.exact
    assert plain.header_bytes == matrix.header_low_bytes < matrix.header_bytes < matrix.header_high_bytes
    assert matrix.header_high_bytes <= plain.header_bytes + 448


def test_digits_are_counted_without_counting() -> None:
    for limit in (0, 1, 2, 9, 10, 11, 99, 100, 101, 2048):
        assert digits_below(limit) == sum(len(str(number)) for number in range(limit))
    assert digits_below(10**15) > 10**15


def test_a_vocabulary_size_from_a_hostile_configuration_costs_nothing() -> None:
    model = model_of(llama(layers=1), {**CONFIG, "vocab_size": 10**17}, files())
    assert sized(model, "gguf/q8_0").header_bytes > 10**17


def test_halves_of_surrogate_pairs_have_a_length() -> None:
    added = files(**{"added_tokens.json": '{"\\ud800": 3}'})
    vocabulary = read_tokenizer(added).vocabulary
    assert vocabulary is not None
    assert vocabulary.lengths[3] == 3
