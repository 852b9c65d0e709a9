# What follows waits for the whole of it, not for an item
dag
  tasks:
    find: {}
    each: { needs: [find], foreach: list, max_parallel: 5 }
    sum: { needs: [each] }
0s  start             find leased #1
1s  find succeeds     find succeeded, each ready
2s  each items 2      each asleep, each[0] leased #1, each[1] leased #1
3s  each[1] succeeds  each[1] succeeded, why sum: needs each
4s  each[0] succeeds  each[0] succeeded, each succeeded, sum leased #1
5s  sum succeeds      sum succeeded, run succeeded
