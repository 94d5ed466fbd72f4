"""What packed tensors stand for, layout by layout; `inspector.analyses.packing` is the way in."""
