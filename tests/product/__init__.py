"""What judges the product half of the template, once, in rendered projects."""
