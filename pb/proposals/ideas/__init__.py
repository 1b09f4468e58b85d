"""Ideas: one sentence each, said by one person or by many, and what grew from them."""
