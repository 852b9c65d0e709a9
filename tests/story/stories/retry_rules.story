# Each rule counts its own failures; the first that fits decides
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1s, jitter: none, on: [timeout] }, retry_else: { attempts: 3, delay: 10s, backoff: 1, jitter: none, on: [transient] } }
0s   start                load leased #1
1s   load fails           load backoff, why load: 1 of 3 tries used
11s  load fails timeout   load backoff
12s  load fails           load backoff, why load: 2 of 3 tries used (3 in all)
22s  load fails timeout   load failed, run failed
