"""How far a lead is qualified by what was said on its calls: BANT, MEDDPICC, and a score that gives its reasons."""
