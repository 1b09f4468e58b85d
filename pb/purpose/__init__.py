"""What a round is for: what people are asked, what they agree on, and how they treat each other."""
