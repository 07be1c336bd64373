"""Find injected spam in any text: the tagger, trained on the training split of this corpus alone."""

from sisipan.tag.tagger import Found, Tagger

__all__ = ["Found", "Tagger"]
