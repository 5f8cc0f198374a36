"""Keeps people, their roles and which services they belong to; says who may do what, and where.

Roles and permissions are one table (`roles`). May know the registry and what lies below it; no app above it.
"""
