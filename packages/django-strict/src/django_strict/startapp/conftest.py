"""Keep pytest out of the layout: its tests run in the apps that are made from it."""

collect_ignore = ["layout"]
