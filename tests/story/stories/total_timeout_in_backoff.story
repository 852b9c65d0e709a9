# Also while it waits for its next try
dag
  tasks:
    load: { total_timeout: 30s, retry: { attempts: 9, delay: 60s, jitter: none } }
0s   start       load leased #1
10s  load fails  load backoff
30s  tick        load timed_out, run failed
