"""Slack: finding people and posting messages."""
