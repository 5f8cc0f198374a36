"""Keeps who is who: municipalities and their numbers through the years, districts, services and what they cover, policies with dates.

Every validity is half open: `valid_from` is the first day (or moment) on which it holds, `valid_to` the first on which it no longer does; unset is open.
May know audit and ui, and no app above it; everything else rests on this one.
"""
