"""Uploads: kept in a folder or in a bucket, in every kind of server."""
