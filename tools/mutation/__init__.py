"""Do the tests notice when the code that judges is wrong? `make mutants`, benchmarks/results/mutants.md."""
