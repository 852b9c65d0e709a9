# The other side may ask for a longer wait than the policy's
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1s } }
0s    start                             load leased #1
1s    load fails transient after 90s    load backoff
90s   tick                              nothing
91s   tick                              load leased #2
