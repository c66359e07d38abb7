"""Which artifact should be the default: a paired test on held-out photos, and what each costs end to end."""
