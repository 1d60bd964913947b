"""Which agent is asked now, and how it fares: load, success and latency of each, those that fail left alone."""
