"""The API's contract: ``openapi.yaml``, what it says, and what changed in it."""
