// Polls the server often at first and then less often, but not while the page is hidden.

export function watch(url, { first, slowest, received }) {
  let wait = first, timer = 0, pending = false, stopped = false;

  async function poll() {
    clearTimeout(timer);
    if (stopped || pending || document.hidden) return;
    pending = true;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) received(await answer.json());
    } catch {
      // No connection. The next request may succeed.
    }
    pending = false;
    timer = setTimeout(poll, wait);
    wait = Math.min(wait * 1.4, slowest);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  timer = setTimeout(poll, wait);
  return {
    now(pace = first) { wait = pace; poll(); },
    stop() { stopped = true; clearTimeout(timer); },
  };
}
