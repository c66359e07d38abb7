"""Where an uploaded photo is: found by key, file name or id, and judged by what bucket, ledger and table say."""
