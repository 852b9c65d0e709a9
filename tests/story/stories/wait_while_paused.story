# A wait ends while paused, and what follows waits for the resume
dag
  tasks:
    pause: { uses: core.wait }
    after: { needs: [pause] }
0s   start                  pause ready
1s   pause sleeps time 10s  pause asleep
2s   pause                  run paused
11s  tick                   pause succeeded, after ready
12s  resume                 after leased #1
13s  after succeeds         after succeeded, run succeeded
