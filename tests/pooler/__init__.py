"""What stands between the project and its servers."""
