"""How the tagger is trained: examples made of the training split, and the training itself. Needs the extra `train`; tagging does not."""
