"""Fake data and runs, small studies and servers that tests share."""
