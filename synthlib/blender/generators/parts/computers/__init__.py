"""Parts of computers: screens and their content, laptop decks, monitor stands, mouse shells."""
