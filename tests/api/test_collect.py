"""Looks at Gong overlap, know calls again by their id, ask for transcripts a hundred at a time, and lose nothing."""
