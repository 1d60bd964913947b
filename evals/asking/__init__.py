"""How well questions are understood: the sentences that the classifier learns from, its training and its figures."""
