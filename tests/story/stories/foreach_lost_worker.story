# An item whose worker is lost runs again, and spends no try
dag
  tasks:
    load: { foreach: list, max_parallel: 1, retry: { attempts: 1 } }
0s  start             load ready
1s  load items 1      load[0] leased #1
2s  load[0] lost      load[0] leased #2
3s  load[0]#1 fails   refused load[0] #1
4s  load[0] succeeds  load[0] succeeded, load succeeded, run succeeded
