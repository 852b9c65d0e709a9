# An answer that comes after the cancel is not heard
dag
  tasks:
    a: { if: x }
0s  start   a ready
1s  cancel  a cancelled, run cancelled
2s  a open  nothing
