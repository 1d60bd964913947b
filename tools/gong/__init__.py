"""Gong: calls, transcripts and users."""
