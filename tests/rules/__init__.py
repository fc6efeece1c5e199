"""The proof: every house rule is broken at least once, and good code stays green."""
