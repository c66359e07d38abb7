"""The Spark house: photos become feature rows. It never imports `functions`."""
