// The server's time, counted on from the moment the page was written. The visitor's own clock may be wrong.

export function serverClock(now) {
  let base = now - performance.now();
  return {
    now: () => base + performance.now(),
    // After the machine has slept, the counter may have stood still.
    set(moment) { base = moment - performance.now(); },
  };
}
