"""The tables behind memory estimates in Markdown, for the documentation: engines, cache types, ways to train."""

from inspector.knowledge.cache_types import CACHE_TYPES
from inspector.knowledge.engines import ENGINES
from inspector.knowledge.optimizers import METHODS, PRECISIONS, SHARDINGS
from inspector.reports.tables import Column, number_column, render_table
from inspector.units import format_ratio


def engines_markdown() -> str:
    """Every engine and version with how its rules are known."""
    rows = [[row.id, row.version, row.evidence, row.reserves, row.source] for row in ENGINES]
    titles = ("engine", "version", "known by", "kv_cache_reserved_bytes", "source")
    return render_table([Column(title) for title in titles], rows, style="markdown")


def cache_types_markdown() -> str:
    """Every cache type with its exact width."""
    rows = [
        [row.id, f"{row.block_bytes}/{row.block_elements}", format_ratio(row.bytes_per_element, 4), row.layout]
        for row in CACHE_TYPES
    ]
    columns = [Column("type"), number_column("bytes / elements"), number_column("bytes per element"), Column("layout")]
    return render_table(columns, rows, style="markdown")


def methods_markdown() -> str:
    """Every value of --training."""
    rows = [[row.id, row.summary, row.source] for row in METHODS]
    return render_table([Column("training"), Column("what"), Column("source")], rows, style="markdown")


def precisions_markdown() -> str:
    """Every value of --precision in bytes per trained parameter."""
    rows = [
        [row.id, str(row.weight_bytes), str(row.gradient_bytes), str(row.master_bytes), str(2 * row.step_bytes)]
        + [str(row.weight_bytes + row.gradient_bytes + row.master_bytes + 2 * row.step_bytes), row.name]
        for row in PRECISIONS
    ]
    numbers = ("weights", "gradients", "master", "AdamW", "sum")
    columns = [Column("precision"), *(number_column(title) for title in numbers), Column("what")]
    return render_table(columns, rows, style="markdown")


def shardings_markdown() -> str:
    """Every value of --sharding and what it divides."""
    rows = [
        [row.id, *("yes" if divided else "no" for divided in (row.optimizer, row.gradients, row.weights)), row.source]
        for row in SHARDINGS
    ]
    titles = ("sharding", "optimizer and master", "gradients", "weights", "source")
    return render_table([Column(title) for title in titles], rows, style="markdown")
