# A report may overtake its confirmation; the confirmation then changes nothing
dag
  tasks:
    load: { }
    clean: { needs: [load] }
0s  start             load leased #1
1s  load succeeds     load succeeded, clean leased #1
2s  load confirmed    nothing
3s  clean succeeds    clean succeeded, run succeeded
4s  clean#1 succeeds  refused clean #1
