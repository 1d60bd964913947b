"""Gong on this machine: calls, transcripts and users of the data folder, and its signed webhook."""
