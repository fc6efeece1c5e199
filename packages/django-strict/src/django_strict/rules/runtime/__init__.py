"""Rules about the project as it runs: Django system checks.

``manage.py check`` runs them; those about production values run with ``--deploy``, which
the gate does in a production environment.
"""
