# always runs also when the run is cancelled, and the run waits for it
dag
  tasks:
    a: { }
    b: { needs: [a] }
    tidy: { needs: [a, b], rule: always }
0s  start          a leased #1
1s  cancel         b cancelled, run cancelling, stop a #1
2s  a stopped      a cancelled, tidy leased #1
3s  tidy succeeds  tidy succeeded, run cancelled
