"""Terms of appointments: invitations, deputies, renewal, hand-over, and who confirms meanwhile."""
