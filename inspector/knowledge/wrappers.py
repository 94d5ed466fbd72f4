"""Words that training tools put into tensor names, and modules that only training needs."""

from typing import Final

from inspector.values import frozen


@frozen
class Wrapper:
    """A word that a wrapper adds to names: as the `first` one of every name, or anywhere; `by` is who adds it."""

    word: str
    by: str
    source: str
    first: bool = False


WRAPPERS: Final[tuple[Wrapper, ...]] = (
    Wrapper(word="_orig_mod", by="torch.compile", source="torch, _dynamo/eval_frame.py OptimizedModule"),
    Wrapper(
        word="module",
        by="DataParallel or DistributedDataParallel",
        first=True,
        source="torch, nn/parallel/distributed.py",
    ),
    Wrapper(
        word="_fsdp_wrapped_module", by="FullyShardedDataParallel", source="torch, distributed/fsdp/_common_utils.py"
    ),
    Wrapper(
        word="_checkpoint_wrapped_module",
        by="activation checkpointing",
        source="torch, distributed/algorithms/_checkpoint/checkpoint_wrapper.py",
    ),
    Wrapper(word="_flat_param", by="FullyShardedDataParallel", source="torch, distributed/fsdp/_flat_param.py"),
    Wrapper(word="_forward_module", by="Lightning Fabric", first=True, source="lightning, fabric/wrappers.py"),
    Wrapper(word="_module", by="Opacus", first=True, source="opacus, grad_sample/grad_sample_module.py"),
    Wrapper(word="_ddp_module", by="DistributedDataParallel", first=True, source="fairscale, nn/data_parallel"),
)


@frozen
class Leftover:
    """A module that only training needs, by one of the first words of its names; `what` it is."""

    words: tuple[str, ...]
    what: str
    source: str


LEFTOVERS: Final[tuple[Leftover, ...]] = (
    Leftover(
        words=("optimizer", "optimizers", "optimizer_states", "optimizer_state", "optim"),
        what="optimizer state",
        source="Lightning and DeepSpeed checkpoints",
    ),
    Leftover(
        words=("lr_scheduler", "lr_schedulers", "grad_scaler", "loss_scaler", "callbacks", "loops"),
        what="state of the training run",
        source="Lightning checkpoints",
    ),
    Leftover(
        words=("teacher", "teacher_model", "model_teacher", "ema_teacher", "teacher_backbone"),
        what="teacher of a distillation",
        source="DINO, DINOv2 and distillation scripts",
    ),
    Leftover(
        words=("model_ema", "ema_model", "ema", "module_ema", "net_ema"),
        what="averaged copy (EMA)",
        source="CompVis LitEma, timm",
    ),
    Leftover(
        words=("discriminator", "disc", "netD", "net_d"), what="discriminator", source="taming-transformers, BasicSR"
    ),
    Leftover(
        words=("loss", "criterion", "loss_fn", "perceptual_loss", "lpips"),
        what="loss",
        source="taming-transformers, CompVis latent-diffusion",
    ),
)
