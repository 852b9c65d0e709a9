# An operator that says that trying again is pointless is believed
dag
  tasks:
    load: { retry: { attempts: 9 } }
0s  start          load leased #1
1s  load gives_up  load failed, run failed
