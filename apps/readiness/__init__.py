"""Keeps who has shown that they can open which channel of a service, until when that holds, and shows red where one person can, or none.

May know every app below it.
"""
