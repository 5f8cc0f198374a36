"""Keeps the alarms: what was expected and has not come, what is stuck, who was told and who took it on; and when the worker last looked at everything.

May know everything below it; not reports and the trail, which stand beside it.
"""
