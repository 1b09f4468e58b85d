"""Open questions, what people answer, what was heard, and where they disagree."""
