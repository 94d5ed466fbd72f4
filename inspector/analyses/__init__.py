"""Values to results: pure functions."""
