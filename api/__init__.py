"""The doors: the command line, the HTTP server, the worker behind them, and where all parts are put together."""
