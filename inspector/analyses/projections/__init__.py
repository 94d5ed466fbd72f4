"""What each tool would write, family by family."""
