"""Figures for speed and memory, each beside a baseline measured in the same run. They assert nothing."""
