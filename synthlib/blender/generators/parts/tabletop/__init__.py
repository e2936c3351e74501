"""Things on tables and desks, in low detail: decoration, dishes, accessories, computers."""
