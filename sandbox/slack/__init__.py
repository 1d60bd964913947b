"""Slack on this machine: the Web API methods that Sophia uses, over people and channels of the data folder."""
