"""Wires the apps together: settings, URLs, the worker and its schedule, the one-machine defaults, and the commands that span apps.

No app imports this package.
"""
