"""Compare bucket, ledger and table: what is missing where, and what is extra; and send lost events again."""
