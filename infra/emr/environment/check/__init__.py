"""Does an archive run where it is to run? Read file by file, then tried."""
