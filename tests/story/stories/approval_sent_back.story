# An approval sends the work back: it is done again, and the question is asked again
dag
  tasks:
    draft: {}
    check: { needs: [draft] }
    ok: { uses: core.approval, needs: [check] }
    publish: { needs: [ok] }
0s  start               draft leased #1
1s  draft succeeds      draft succeeded, check leased #1
2s  check succeeds      check succeeded, ok ready
3s  ok sleeps approval  ok asleep
4s  ok sent_back draft  draft leased #2, check waiting, ok waiting
5s  draft succeeds      draft succeeded, check leased #2
6s  check succeeds      check succeeded, ok ready
7s  ok sleeps approval  ok asleep
8s  ok answered         ok succeeded, publish leased #1
9s  publish succeeds    publish succeeded, run succeeded
