"""Old data against new: files read strictly, rows held against each other; judged in results/checks."""
