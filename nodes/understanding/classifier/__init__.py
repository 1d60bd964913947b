"""Says what kind of request a sentence is, what about and for whom, by what was learnt from sentences of ours."""
