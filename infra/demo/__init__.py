"""The demo: real photos through a local cloud, and the pictures of what came of them."""
