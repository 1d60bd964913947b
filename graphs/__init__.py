"""How agents are wired."""
