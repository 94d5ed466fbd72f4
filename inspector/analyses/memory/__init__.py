"""Memory to run or to train a checkpoint: what each layer keeps, what each engine makes of it, where it fits."""
