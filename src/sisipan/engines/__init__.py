"""Engines that run the tagger over a crawl on many machines: datatrove (Slurm) and Ray. Each needs its extra.

Both give each engine's task one file of `sisipan.runner`, so whatever is killed, the finished files stay and are skipped.
"""
