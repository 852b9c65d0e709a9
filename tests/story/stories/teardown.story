# A teardown runs after a failure, and its own failure says nothing about the run
dag
  tasks:
    setup: { }
    work: { needs: [setup] }
    teardown: { needs: [setup, work], rule: always, teardown: yes }
0s  start              setup leased #1
1s  setup succeeds     setup succeeded, work leased #1
2s  work succeeds      work succeeded, teardown leased #1
3s  teardown gives_up  teardown failed, run succeeded
