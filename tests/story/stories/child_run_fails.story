# A run that is waited for fails, and so does the task that waits
dag
  tasks:
    sub: { uses: core.run }
    after: { needs: [sub] }
0s  start               sub ready
1s  sub sleeps run      sub asleep, why sub: waits for the run
2s  sub answered badly  sub failed, after upstream_failed, run failed
