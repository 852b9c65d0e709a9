# A condition is asked before there are items
dag
  tasks:
    load: { foreach: list, if: yes }
    report: { needs: [load], rule: none_failed }
0s  start            load ready
1s  load false       load skipped, report leased #1
2s  report succeeds  report succeeded, run succeeded
