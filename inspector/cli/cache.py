"""`inspector cache`: the cache of remote headers."""

from typing import Any

import click

from inspector import __version__
from inspector.cli.hub_settings import cache_folder
from inspector.cli.options import output_options, take_settings
from inspector.cli.run import write_outputs
from inspector.cli.sections import Command
from inspector.reports import documents
from inspector.reports.cache import cache_document, cache_text
from inspector.sources.header_cache import HeaderCache


@click.command("cache", cls=Command)
@click.option("--clear", is_flag=True, help="Remove everything in it.")
@output_options("table", "json")
def command(clear: bool, **options: Any) -> int:
    """Where headers of remote files are kept, and how much is there.

    Headers read once are kept by the hash of the file they belong to, so that a second look at a repository
    takes one request. INSPECTOR_CACHE_DIR moves the folder; --no-cache on other commands leaves it alone.

    \b
    Examples:
      inspector cache
      inspector cache --clear
    """
    settings = take_settings(options)
    cache = HeaderCache(cache_folder())
    use = cache.clear() if clear else cache.use()
    body = cache_document(
        folder=use.folder, entries=use.entries, bytes_=use.bytes, limit_bytes=use.limit_bytes, cleared=clear
    )
    write_outputs(
        settings,
        {
            "table": lambda: cache_text(body, settings.units),
            "json": lambda: documents.to_json(documents.document("cache", __version__, body)),
        },
    )
    return 0
