"""The state of a chat thread: its last turns whole, a summary of those before, and older turns by recall."""
