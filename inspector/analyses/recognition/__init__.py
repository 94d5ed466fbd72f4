"""What model a checkpoint is: families, hyperparameters, the figures people quote."""
