"""What a rendered project does: its gate, its tests, its settings, its server."""
