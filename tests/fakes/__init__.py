"""Fakes and stand-ins: what tests put in the place of a store, a ledger, a job runner, a spark-submit."""
