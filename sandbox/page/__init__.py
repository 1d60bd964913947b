"""The page that shows a person what happened in the sandbox; made on the server, read-only, without a script."""
