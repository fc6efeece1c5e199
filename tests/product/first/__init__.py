"""Files that an owner writes into a first product."""
