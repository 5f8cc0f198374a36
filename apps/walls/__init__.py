"""Keeps nobody from their own work and everybody from others': the scope that each transaction enters before it may touch a service's rows.

The wall itself stands in the database (config/wall.sql). May know no other app.
"""
