"""What both houses honour: the manifest, the table, the rejection codes. Imports neither of them."""
