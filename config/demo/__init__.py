"""The demo: invented messages that went the way the real ones went in 2023, written as files of the sources' own formats and imported like any other file."""
