"""What several tests need: rendering, running and serving projects."""
