"""Pottery: vessels, glazes and decorations, drinks, takeaway cups, and bouquets for vases."""
