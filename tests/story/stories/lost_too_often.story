# A poisonous task can't kill workers for ever
dag
  tasks:
    load: { }
0s   start      load leased #1
1s   load lost  load leased #2
2s   load lost  load leased #3
3s   load lost  load leased #4
4s   load lost  load leased #5
5s   load lost  load leased #6
6s   load lost  load leased #7
7s   load lost  load leased #8
8s   load lost  load leased #9
9s   load lost  load leased #10
10s  load lost  load leased #11
11s  load lost  load failed, run failed, why load: lost 11 times (10 allowed)
