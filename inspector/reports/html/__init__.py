"""One-file HTML pages: no server, nothing fetched, nothing from a checkpoint but text."""
