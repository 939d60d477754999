"""renhai beside its peers on the same work, and against truths known on paper; see benchmarks/README.md."""
