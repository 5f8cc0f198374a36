"""One module per format, `parse(reading)`; beside them what they share, each under the name of what it does. No Django, no database, no network."""
