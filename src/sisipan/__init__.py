"""Sisipan: Indonesian news with entities, claims and spam regions as stand-off spans."""

from sisipan.errors import AnchorError, SisipanError
from sisipan.model import Article, Claim, Entity, Range, Spam

__all__ = ["AnchorError", "Article", "Claim", "Entity", "Range", "SisipanError", "Spam"]
