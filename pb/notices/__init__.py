"""Work that goes on behind the pages: jobs, and the outbox of mail."""
