"""Fakes, small data and servers that tests share."""
