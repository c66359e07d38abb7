"""The rules put into ministack: what it measures, stores, evaluates and answers."""
