"""Does it fit, with how much context and how many sequences: solved on the exact arithmetic of each engine.

Needs grow with context and batch, so the largest that fits is found by halving an interval, exact to one token.
"""

from collections.abc import Callable
from typing import Any, Final

from inspector.analyses.memory.attention import CacheLayout, Gap
from inspector.analyses.memory.cache_values import CacheRequest
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.inference import overhead_part, priced_cache, step_parts
from inspector.analyses.memory.parts import Part, total
from inspector.knowledge.devices import Device
from inspector.knowledge.engines import Engine
from inspector.units import ceil_div
from inspector.values import frozen, replace

#: Where a model states no longest context, none beyond this is looked for; nor more sequences than these.
LONGEST_CONTEXT: Final = 2**24
MOST_SEQUENCES: Final = 2**16


@frozen
class Load:
    """One model as it is to run: everything that its bytes on a device follow from."""

    weights: tuple[Part, ...]
    decoder: Decoder
    layout: CacheLayout | None
    engine: Engine
    request: CacheRequest
    overhead_bytes: int
    overhead_assumed: bool = True

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return priced_cache(self.layout, self.engine, self.request).gaps

    @property
    def limit(self) -> int:
        """The longest context that is looked for."""
        stated = self.layout.max_context if self.layout is not None else None
        return stated or LONGEST_CONTEXT

    def at(self, *, context: int | None = None, batch: int | None = None) -> "Load":
        """The same load with another context or batch."""
        wanted = self.request
        changed = replace(wanted, context=context or wanted.context, batch=batch or wanted.batch)
        return replace(self, request=changed)

    def bytes_on_one_of(self, devices: int) -> int:
        """Bytes on the fullest of `devices` under tensor parallelism; overhead is every device's own."""
        cache = priced_cache(self.layout, self.engine, self.request)
        shared = sum(part.on_one_of(devices) for part in cache.parts)
        step = step_parts(self.decoder, self.layout, self.engine, self.request)[0]
        split = ceil_div(total(self.weights), devices) + ceil_div(total(step), devices)
        return split + shared + overhead_part(self.overhead_bytes, assumed=self.overhead_assumed).bytes


@frozen
class Fit:
    """Whether a load fits; bytes are those of the fullest device. `fits` is None where the cache is not known.

    `max_context` and `max_batch` are None where they are not known, or where neither memory nor model ends them.
    """

    device: str
    devices: int
    usable_bytes: int
    needed_bytes: int
    fits: bool | None
    max_context: int | None = None
    max_batch: int | None = None

    @property
    def headroom_bytes(self) -> int:
        return self.usable_bytes - self.needed_bytes

    def to_dict(self) -> dict[str, Any]:
        return {
            "device": self.device,
            "devices": self.devices,
            "usable_bytes": self.usable_bytes,
            "needed_bytes": self.needed_bytes,
            "fits": self.fits,
            "headroom_bytes": self.headroom_bytes,
            "max_context": self.max_context,
            "max_batch": self.max_batch,
        }


def fit(load: Load, device: Device, devices: int = 1) -> Fit:
    """One load on one kind of device, `devices` of them under tensor parallelism."""
    usable, needed = device.usable_bytes, load.bytes_on_one_of(devices)
    unknown = bool(load.gaps)
    enough = needed <= usable
    answer = None if unknown and enough else enough
    context = batch = None
    if not unknown and load.layout is not None:
        context = _longest(load, usable, devices)
        found = largest(lambda count: load.at(batch=count).bytes_on_one_of(devices) <= usable, MOST_SEQUENCES)
        batch = found if found < MOST_SEQUENCES else None
    return Fit(
        device=device.name,
        devices=devices,
        usable_bytes=usable,
        needed_bytes=needed,
        fits=answer,
        max_context=context,
        max_batch=batch,
    )


def _longest(load: Load, usable: int, devices: int) -> int | None:
    """The longest context, None where neither the model nor the memory ends it."""
    found = largest(lambda tokens: load.at(context=tokens).bytes_on_one_of(devices) <= usable, load.limit)
    stated = load.layout is not None and load.layout.max_context
    return found if stated or found < LONGEST_CONTEXT else None


def largest(holds: Callable[[int], bool], limit: int) -> int:
    """The largest number up to `limit` that `holds`, 0 where not even 1 does; `holds` must not come true again."""
    if not holds(1):
        return 0
    if holds(limit):
        return limit
    low, high = 1, limit
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


@frozen
class Offload:
    """Layers of one model divided between a device and the host; the cache of a layer stays with it."""

    device: str
    layers: int
    layers_on_device: int
    device_bytes: int
    host_bytes: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "device": self.device,
            "layers": self.layers,
            "layers_on_device": self.layers_on_device,
            "device_bytes": self.device_bytes,
            "host_bytes": self.host_bytes,
        }


def offload(load: Load, device: Device, layer_weights: tuple[int, ...]) -> Offload:
    """As many of the last layers on the device as fit beside the head, one step and the overhead.

    `layer_weights` are the weights of each layer; input embeddings and what is not on the device stay on the host.
    """
    layers = len(layer_weights)
    cache = priced_cache(load.layout, load.engine, load.request).bytes
    step = step_parts(load.decoder, load.layout, load.engine, load.request)[0]
    head = sum(part.bytes for part in load.weights if part.component == "head")
    used = head + total(step) + load.overhead_bytes
    each_cache = ceil_div(cache, layers) if layers else 0
    placed = 0
    for size in reversed(layer_weights):
        if used + size + each_cache > device.usable_bytes:
            break
        used += size + each_cache
        placed += 1
    everything = total(load.weights) + cache + total(step) + load.overhead_bytes
    return Offload(
        device=device.name,
        layers=layers,
        layers_on_device=placed,
        device_bytes=min(used, everything),
        host_bytes=max(everything - used, 0),
    )


def fit_together(needs: tuple[int, ...], device: Device) -> Fit:
    """Several models on one device, each with its own overhead in its need."""
    needed = sum(needs)
    return Fit(
        device=device.name,
        devices=1,
        usable_bytes=device.usable_bytes,
        needed_bytes=needed,
        fits=needed <= device.usable_bytes,
    )
