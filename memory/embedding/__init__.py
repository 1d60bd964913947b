"""Text turned into vectors: which model does it is a setting, and its name goes with every vector."""
