"""`python -m evals.recall`: measures recall (run.py)."""

from evals.recall.run import main

main()
