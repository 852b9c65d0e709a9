# A success that was reported before the cancel arrived stays one; a confirmation after it is told to stop again
dag
  tasks:
    load: { }
    clean: { }
    next: { needs: [load] }
0s  start            load leased #1, clean leased #1
1s  cancel           next cancelled, stop load #1, stop clean #1, run cancelling
2s  load succeeds    load succeeded
3s  clean confirmed  clean running #1, stop clean #1
4s  clean lost       clean cancelled, run cancelled
