"""Parts of fruit: bananas, their peel, peeled and cut ones, and plates."""
