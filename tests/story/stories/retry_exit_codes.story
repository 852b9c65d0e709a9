# Only some exit codes are worth another try
dag
  tasks:
    load: { retry: { attempts: 3, delay: 1s, backoff: 1, jitter: none, exit_codes: [75] } }
0s  start                         load leased #1
1s  load fails transient/exit_75  load backoff
2s  tick                          load leased #2
3s  load fails transient/exit_1   load failed, run failed
