"""Updates of living projects from every version of the template to the newest."""
