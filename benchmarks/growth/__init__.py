"""How costs grow with rows, routes and apps."""
