"""Shows the trail to those who may see it: who saw and did what, attempts that were denied, and days on which somebody saw far more than usual.

Keeps nothing of its own. May know everything below it; not reports and the watch, which stand beside it.
"""
