"""What a question means: its kind, the query or action in it, and the agents to ask; by local code, without a model."""
