"""Modules that do one job together, by the words that libraries give them."""

from typing import Final

from inspector.values import frozen


@frozen
class Gang:
    """Module words beside each other of which no block has all but one."""

    words: tuple[str, ...]
    source: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GANGS: Final[tuple[Gang, ...]] = (
    Gang(words=_words("q_proj k_proj v_proj"), source="transformers, Llama and most others"),
    Gang(words=_words("query key value"), source="transformers, BERT, ViT"),
    Gang(words=_words("query_proj key_proj value_proj"), source="transformers, DeBERTa-v2"),
    Gang(words=_words("to_q to_k to_v"), source="diffusers, attention_processor.py"),
    Gang(words=_words("add_q_proj add_k_proj add_v_proj"), source="diffusers, attention_processor.py"),
    Gang(words=_words("linear_q linear_k linear_v"), source="transformers, Conformer"),
    Gang(words=_words("q_lin k_lin v_lin out_lin"), source="transformers, DistilBERT, XLM"),
    Gang(words=_words("gate_proj up_proj down_proj"), source="transformers, Llama and most others"),
    Gang(words=_words("w1 w2 w3"), source="Mixtral, Llama as published"),
    Gang(words=_words("wi_0 wi_1 wo"), source="transformers, T5 v1.1"),
    Gang(words=_words("fc1 fc2"), source="transformers, BART, CLIP, OPT"),
    Gang(words=_words("lin1 lin2"), source="transformers, DistilBERT"),
    Gang(words=_words("linear1 linear2"), source="torch, nn.TransformerEncoderLayer"),
    Gang(words=_words("c_fc c_proj"), source="transformers, GPT-2"),
    Gang(words=_words("dense_h_to_4h dense_4h_to_h"), source="transformers, GPT-NeoX, Falcon, BLOOM"),
    Gang(words=_words("intermediate_dense output_dense"), source="transformers, wav2vec 2.0"),
    Gang(words=_words("Wi Wo"), source="transformers, ModernBERT"),
)


@frozen
class Need:
    """A module or parameter called `word` always has one of `needs` beside it; `under` limits it to some parents.

    `by_design`: no library writes the one without the other, so that it is told even where all blocks agree.
    """

    word: str
    needs: tuple[str, ...]
    source: str
    under: tuple[str, ...] = ()
    by_design: bool = False


def _both(first: str, second: str, source: str) -> tuple[Need, Need]:
    return (
        Need(word=first, needs=(second,), source=source, by_design=True),
        Need(word=second, needs=(first,), source=source, by_design=True),
    )


_TIME: Final = ("time_embedding", "time_embed", "timestep_embedder", "text_embedder", "guidance_embedder")
_FLUX: Final = ("time_in", "vector_in", "guidance_in")
_TF: Final = "transformers, modeling files"

#: Modules that hold the feed-forward layers of a block.
_MLP: Final = ("mlp", "feed_forward", "ffn", "*", "shared_expert", "shared_experts", "experts")

NEEDS: Final[tuple[Need, ...]] = (
    *_both("running_mean", "running_var", "torch, nn.BatchNorm"),
    Need(word="num_batches_tracked", needs=("running_mean",), source="torch, nn.BatchNorm", by_design=True),
    *_both("original0", "original1", "torch, nn.utils.parametrizations.weight_norm"),
    *_both("weight_g", "weight_v", "torch, nn.utils.weight_norm"),
    *_both("weight_ih_l0", "weight_hh_l0", "torch, nn.LSTM and nn.GRU"),
    *_both("bias_ih_l0", "bias_hh_l0", "torch, nn.LSTM and nn.GRU"),
    Need(word="in_proj_bias", needs=("in_proj_weight", "q_proj_weight"), source="torch, nn.MultiheadAttention"),
    Need(word="to_k", needs=("to_q",), source="diffusers, attention_processor.py"),
    Need(word="to_add_out", needs=("to_out",), source="diffusers, attention_processor.py"),
    Need(word="up_proj", needs=("down_proj",), source=_TF, under=_MLP, by_design=True),
    Need(word="gate_proj", needs=("down_proj",), source=_TF, under=_MLP, by_design=True),
    Need(word="gate_up_proj", needs=("down_proj",), source=_TF, under=_MLP, by_design=True),
    Need(word="wpe", needs=("wte",), source="transformers, GPT-2"),
    Need(word="wpe", needs=("ln_f",), source="transformers, GPT-2"),
    Need(word="conv_norm_out", needs=("conv_out",), source="diffusers, unets and autoencoders"),
    Need(word="conv_norm_out", needs=("conv_in",), source="diffusers, unets and autoencoders"),
    Need(word="linear_2", needs=("linear_1",), source="diffusers, embeddings.py", under=_TIME),
    Need(word="linear_1", needs=("linear_2",), source="diffusers, embeddings.py", under=_TIME),
    Need(word="2", needs=("0",), source="CompVis latent-diffusion, DiT", under=(*_TIME, "mlp", "text_embedding")),
    Need(word="in_layer", needs=("out_layer",), source="Black Forest Labs, FLUX", under=_FLUX),
    Need(word="out_layer", needs=("in_layer",), source="Black Forest Labs, FLUX", under=_FLUX),
)

#: The two factors of a low-rank adapter; each is found where the other stands, by replacing the one by the other.
ADAPTER_HALVES: Final[tuple[tuple[str, str], ...]] = (
    ("lora_A", "lora_B"),
    ("lora_down", "lora_up"),
    (".lora.down.", ".lora.up."),
    ("lora_embedding_A", "lora_embedding_B"),
    ("hada_w1_a", "hada_w1_b"),
    ("hada_w2_a", "hada_w2_b"),
)
