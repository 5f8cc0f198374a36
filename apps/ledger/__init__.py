"""Keeps what was brought in and what it said: imports with their bytes, references, ties between them, events, and the work still owed.

Only grows. It knows services (registry) and nothing of feeds, deliveries or people; the two upper apps meet here.
"""
