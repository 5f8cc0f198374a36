"""Keeps who has shown that they can open which channel of a service, until when that holds, and shows red where one person can, or none.

Which channels a service says that it does not use, too, until a message shows otherwise. May know every app below it.
"""
