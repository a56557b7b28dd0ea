// Asks the server how things stand: quickly at first, then less often, and not at all while nobody looks.

export function watch(url, { first, slowest, heard }) {
  let wait = first, timer = 0, asking = false, stopped = false;

  async function ask() {
    clearTimeout(timer);
    if (stopped || asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) heard(await answer.json());
    } catch {
      // The connection is away. The next question may get through.
    }
    asking = false;
    timer = setTimeout(ask, wait);
    wait = Math.min(wait * 1.4, slowest);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  timer = setTimeout(ask, wait);
  return {
    now(pace = first) { wait = pace; ask(); },
    stop() { stopped = true; clearTimeout(timer); },
  };
}
