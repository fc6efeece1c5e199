"""A rendered project measured against other ways to serve Django.

To be read in this order: `__main__` (the command), `run` (the order of a run),
`project` (rendering and installing), `contestants` and `servers` (who is measured),
`load` and `profiling` (with what), `growth`, `record` (what is kept), and `report` (how
it is shown, by templates in `docs/`).
"""
