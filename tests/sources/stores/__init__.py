"""Object stores: their languages, their faults, and real servers where they are installed."""
