"""Furniture: tables, desks and chairs, and the joinery that they are made of."""
