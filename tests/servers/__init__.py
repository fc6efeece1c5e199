"""The development servers: PostgreSQL and Valkey from wheels."""
