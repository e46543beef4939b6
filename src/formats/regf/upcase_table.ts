/**
 * Windows' table of upper-case code units, written as differences. The kernel uses it for key
 * lookup, list order and hashes; `toUpperCase()` of JavaScript differs in hundreds of units.
 *
 * Source: the `$UpCase` file (MFT record 10) that mkntfs writes; `upcase_test.ts` compares.
 *
 * Each entry is `gap[-count|*count](+|~)delta`, numbers in base 36: go `gap` units on from
 * where the entry before began; there `count` units in a row (`-`) or every second unit (`*`)
 * have an upper case that is `delta` higher (`+`) or lower (`~`).
 */
export const UPCASE_RUNS =
  "2p-q~w 3j-n~w o-7~w 7+3d 2*o~1 1e*3~1 7*8~1 h*n~1 1b*3~1 6+5f 3*2~1 5~1 4~1 6~1 3+2p " +
  "4~1 1+4j 4+3m 3*3~1 7~1 5~1 3~1 4*2~1 5~1 4~1 2+1k 7~2 3~2 3~2 2*8~1 f~27 2*9~1 k~2 2~1 " +
  "4*k~1 16*9~1 p~1 6~1 5*5~1 9+8bj 1+8bg 2~5u 1~5q 2-2~5p 3~5m 2~5n 5~5p 3~5r 5~5t 1~5v " +
  "2+8af 4~5v 2+8al 1~5x 3~5y 8+89z 3~62 3~62 5~62 1~1x 1-2~61 2~1z 6~63 67*2~1 6~1 4-3+3m " +
  "1d~12 1-3~11 4-h~w i-9~w 9~1s 1-2~1r a~8 2*c~1 p+7 6~1 3~1 1h-w~w w-g~28 h*h~1 16*r~1 " +
  "1j*7~1 d~f 2*16~1 40-12~1c 4rc+r9g 4+2xy 3o*23~1 4g*1c~1 2n-8+8 g-6+8 g-8+8 g-8+8 g-6+8 " +
  "h*4+8 f-8+8 g-2+22 2-4+2e 4-2+2s 2-2+3k 2-2+34 2-2+3i 4-8+8 g-8+8 g-8+8 g-2+8 3+9 g+9 " +
  "d-2+8 g-2+8 5+7 e+9 9n~s y-g~g k~1 ng-q~q 1gg-1b~1c 1d~1 4~8bv 1~8bs 2*3~1 b~1 3~1 " +
  "b*1e~1 3j-12~5ls ny9*g~1 y*6~1 u*c~1 4i*7~1 g*v~1 1z*2~1 5*5~1 d~1 hbp-q~w";
