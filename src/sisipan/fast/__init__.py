"""The quick way through many articles: which of them certainly have no finding.

It never words a finding. Whatever it cannot vouch for goes to the checks in `sisipan.checks`, article by article.
"""
