"""Files that are meant to harm, or merely odd, each with what must become of it: `python -m tests.hostile --help`."""
