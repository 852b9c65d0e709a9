# Delays grow by the factor, up to their limit, and the tries are counted from the first
dag
  tasks:
    load: { retry: { attempts: 4, delay: 1s, backoff: 3, max_delay: 5s } }
0s     start        load leased #1
1s     load fails   load backoff, why load: 1 of 4 tries used
2s     tick         load leased #2
3s     load fails   load backoff
5.9s   tick         nothing
6s     tick         load leased #3
7s     load fails   load backoff, why load: 3 of 4 tries used
11.9s  tick         nothing
12s    tick         load leased #4
13s    load fails   load failed, run failed
