"""About a photo: the manifest that asks for it, its result, the rejection codes, and what reading it costs."""
