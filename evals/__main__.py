"""`python -m evals`: measures the extractive analyst (run.py)."""

from evals.run import main

main()
