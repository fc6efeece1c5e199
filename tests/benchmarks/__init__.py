"""The benchmark's arithmetic, pages and manners; no load, and no timing decides."""
