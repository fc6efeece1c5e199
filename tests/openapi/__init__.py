"""The rendered project's contract with the clients of its API."""
