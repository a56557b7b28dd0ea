// The server's time, measured from the page's render time. The browser's own clock may be wrong.

export function serverClock(now) {
  let base = now - performance.now();
  return {
    now: () => base + performance.now(),
    // performance.now() may stop while the device sleeps.
    set(moment) { base = moment - performance.now(); },
  };
}
