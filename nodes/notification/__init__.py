"""The notification agent: tells the deal's owner and the channel about a call."""
