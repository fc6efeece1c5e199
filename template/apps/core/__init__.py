"""What all applications share; imports none of them."""
