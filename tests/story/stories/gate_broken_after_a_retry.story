# A condition is asked anew when its task is opened again
dag
  tasks:
    load: { if: yes, retry: { attempts: 1 } }
0s  start        load ready
1s  load broken  load failed, run failed
2s  retry        load ready
3s  load open    load leased #1
4s  load fails   load failed, run failed
5s  retry        load ready
6s  load false   load skipped, run succeeded
