"""Keys of a header's `__metadata__` that tell where weights come from, in the order in which they are shown."""

from typing import Final, NamedTuple


class MetadataKey(NamedTuple):
    """A key worth showing; `bulky` where its value is data and only its length is shown."""

    key: str
    source: str
    bulky: bool = False


_SPEC: Final = "Stability-AI/ModelSpec"
_KOHYA: Final = "kohya-ss/sd-scripts, train_network.py"

METADATA_KEYS: Final = (
    MetadataKey("modelspec.title", _SPEC),
    MetadataKey("modelspec.architecture", _SPEC),
    MetadataKey("modelspec.implementation", _SPEC),
    MetadataKey("modelspec.author", _SPEC),
    MetadataKey("modelspec.license", _SPEC),
    MetadataKey("modelspec.date", _SPEC),
    MetadataKey("modelspec.resolution", _SPEC),
    MetadataKey("modelspec.prediction_type", _SPEC),
    MetadataKey("modelspec.encoder_layer", _SPEC),
    MetadataKey("modelspec.trigger_phrase", _SPEC),
    MetadataKey("modelspec.usage_hint", _SPEC),
    MetadataKey("modelspec.merged_from", _SPEC),
    MetadataKey("modelspec.description", _SPEC),
    MetadataKey("modelspec.tags", _SPEC),
    MetadataKey("modelspec.hash_sha256", _SPEC),
    MetadataKey("modelspec.thumbnail", _SPEC, bulky=True),
    MetadataKey("ss_output_name", _KOHYA),
    MetadataKey("ss_base_model_version", _KOHYA),
    MetadataKey("ss_sd_model_name", _KOHYA),
    MetadataKey("ss_sd_model_hash", _KOHYA),
    MetadataKey("ss_vae_name", _KOHYA),
    MetadataKey("ss_network_module", _KOHYA),
    MetadataKey("ss_network_dim", _KOHYA),
    MetadataKey("ss_network_alpha", _KOHYA),
    MetadataKey("ss_network_args", _KOHYA),
    MetadataKey("ss_epoch", _KOHYA),
    MetadataKey("ss_num_epochs", _KOHYA),
    MetadataKey("ss_steps", _KOHYA),
    MetadataKey("ss_num_train_images", _KOHYA),
    MetadataKey("ss_resolution", _KOHYA),
    MetadataKey("ss_clip_skip", _KOHYA),
    MetadataKey("ss_mixed_precision", _KOHYA),
    MetadataKey("ss_optimizer", _KOHYA),
    MetadataKey("ss_lr_scheduler", _KOHYA),
    MetadataKey("ss_learning_rate", _KOHYA),
    MetadataKey("ss_unet_lr", _KOHYA),
    MetadataKey("ss_text_encoder_lr", _KOHYA),
    MetadataKey("ss_seed", _KOHYA),
    MetadataKey("ss_training_comment", _KOHYA),
    MetadataKey("ss_tag_frequency", _KOHYA, bulky=True),
    MetadataKey("ss_dataset_dirs", _KOHYA, bulky=True),
    MetadataKey("ss_bucket_info", _KOHYA, bulky=True),
    MetadataKey("sshs_model_hash", _KOHYA),
    MetadataKey("sshs_legacy_hash", _KOHYA),
)
