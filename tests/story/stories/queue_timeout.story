# No slot in time: the task ends timed_out, and says so
dag
  max_tasks: 1
  tasks:
    first: {}
    second: { queue_timeout: 10s }
    after: { needs: [second] }
0s   start           first leased #1
10s  tick            second timed_out, after upstream_failed, why second: waited longer than 10s for a slot
11s  first succeeds  first succeeded, run failed
