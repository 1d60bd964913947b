"""Recall: the passages of everything remembered that answer a question and may be shown to whoever asks."""
