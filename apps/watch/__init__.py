"""Keeps when the worker last looked at everything, and shows whether Framme itself is well and which feeds are behind.

May know everything below it; not reports and the trail, which stand beside it.
"""
