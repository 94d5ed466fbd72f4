"""What is known of the world, as rows with their source."""
