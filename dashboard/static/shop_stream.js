// Receives server-sent events. Without them, the page polls.

const TRY_AGAIN = 60_000;

export function hear(url, { news, found, lost }) {
  let source = null, timer = 0;

  function open() {
    clearTimeout(timer);
    if (source || !url || !("EventSource" in window)) return;
    source = new EventSource(url);
    source.addEventListener("open", found);
    source.addEventListener("changed", news);
    source.addEventListener("error", () => {
      // The browser reconnects automatically. A closed stream means that the server refused it.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        timer = setTimeout(open, TRY_AGAIN);
      }
      lost();
    });
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  return { open, close };
}
