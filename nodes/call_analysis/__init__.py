"""The call analysis agent: its steps, the analyst that needs no model, and the check of every proof."""
