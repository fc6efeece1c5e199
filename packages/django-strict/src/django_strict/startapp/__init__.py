"""Writing new apps: the command and the layout that it copies."""
