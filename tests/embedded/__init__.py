"""The embedded PostgreSQL and Valkey of rendered projects."""
