"""What the template asks and which tree it renders."""
