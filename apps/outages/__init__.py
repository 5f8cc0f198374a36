"""Keeps when channels and case systems were out or lost messages, who says so, and which case system each service used from when.

What was marked is never changed: a correction names the mark that it replaces. May know deliveries, feeds and everything below them.
"""
