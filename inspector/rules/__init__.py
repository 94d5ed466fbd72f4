"""Judgement: what is wrong with a checkpoint."""
