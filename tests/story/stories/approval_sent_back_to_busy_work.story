# Nothing is sent back while something of it is at work
dag
  tasks:
    draft: {}
    long: { needs: [draft] }
    ok: { uses: core.approval, needs: [draft] }
0s  start               draft leased #1
1s  draft succeeds      draft succeeded, long leased #1, ok ready
2s  ok sleeps approval  ok asleep
3s  ok sent_back draft  nothing
4s  long succeeds       long succeeded
5s  ok sent_back draft  draft leased #2, long waiting, ok waiting
6s  cancel              run cancelling, stop draft #2, long cancelled, ok cancelled
7s  draft stopped       draft cancelled, run cancelled
