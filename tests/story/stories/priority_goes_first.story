# With one place, the more important goes first
dag
  max_tasks: 1
  tasks:
    small: { priority: 1 }
    great: { priority: 9 }
0s  start           great leased #1, small ready
1s  great succeeds  great succeeded, small leased #1
2s  small succeeds  small succeeded, run succeeded
