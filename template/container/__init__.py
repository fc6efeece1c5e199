"""What only the build of the images and their one-shots use."""
