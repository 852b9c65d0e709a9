# Retry of a failed run opens what failed, keeps what succeeded, and goes on with rising attempt numbers
dag
  tasks:
    load: { }
    clean: { needs: [load], retry: { attempts: 2, delay: 1s } }
    publish: { needs: [clean] }
    tidy: { phase: finally }
0s   start             load leased #1
1s   load succeeds     load succeeded, clean leased #1
2s   clean fails       clean backoff
3s   tick              clean leased #2
4s   clean fails       clean failed, publish upstream_failed, tidy leased #1
5s   retry             nothing
6s   tidy succeeds     tidy succeeded, run failed
7s   retry             run running, clean ready, publish waiting, tidy waiting, clean leased #3
8s   clean#2 succeeds  refused clean #2
9s   clean fails       clean backoff, why clean: 1 of 2 tries used
10s  tick              clean leased #4
11s  clean succeeds    clean succeeded, publish leased #1
12s  publish succeeds  publish succeeded, tidy leased #2
13s  tidy succeeds     tidy succeeded, run succeeded
14s  retry             nothing
