# A backoff ends while paused, and the task waits for the resume
dag
  tasks:
    load: { retry: { attempts: 2, delay: 10s, jitter: none } }
0s   start          load leased #1
1s   load fails     load backoff
2s   pause          run paused
11s  tick           load ready, why load: the run is paused
20s  resume         load leased #2
21s  load succeeds  load succeeded, run succeeded
