"""Ways to climb the log-likelihood, behind one protocol."""
