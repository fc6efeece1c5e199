"""The house rules as code: a registry, checks, waivers and reports.

``registry/`` says what holds and why, ``source/`` reads Python, ``repository/`` reads the
other files, ``runtime/`` holds Django system checks. ``python -m django_strict.rules`` is the
command behind ``poe rules``, ``poe rule`` and the gate's step.
"""
