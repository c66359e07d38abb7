"""Of a photo: the manifest that asks for it, its result, the codes of a rejection, what reading it costs."""
