"""Samples: files that somebody keeps."""
