"""Keep pytest out of the layouts: their tests run in the apps that are made from them."""

collect_ignore = ["layout", "upload"]
