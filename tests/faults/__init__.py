"""What must survive: `python -m tests.faults --help`. Each run prints its seed; each failure the point of death and what was broken."""
