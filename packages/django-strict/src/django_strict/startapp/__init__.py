"""Writing new apps: ``manage.py startapp`` and the layout it copies."""
