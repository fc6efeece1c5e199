"""Rules about the project as it runs: Django system checks.

``django-strict manage-check`` runs them beside Django's own; those about production values
run with ``--deploy``, which the gate does in a production environment.
"""
