"""Parts of computer keyboards: layouts, key caps, looks and cases."""
