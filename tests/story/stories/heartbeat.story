# No sign of life: the attempt is stopped and tried again, like one that took too long
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1s, jitter: none } }
0s   start           load leased #1
1s   load confirmed  load running #1
9s   load silent     load backoff, stop load #1
10s  tick            load leased #2
12s  load silent     load timed_out, stop load #2, run failed, why load: gave no sign of life
