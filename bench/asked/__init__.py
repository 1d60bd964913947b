"""What asking costs, in parts; bench/asking.py puts them together."""
