// Shows the remaining time. Announces the time to screen readers only at the milestones.

// `texts` contains left ("{time} left"), over, and milestones by seconds. Calls `over` at the deadline.
export function countdown(section, clock, texts, over) {
  const until = Number(section.dataset.until);
  const left = section.querySelector("[data-left]");
  const bar = section.querySelector("progress");
  const voice = section.querySelector("[data-milestone]");
  const milestones = Object.entries(texts.milestones).map(([seconds, text]) => [seconds * 1000, text]);
  let before = until - clock.now();

  function show() {
    const remaining = Math.max(until - clock.now(), 0);
    left.textContent = texts.left.replace("{time}", formatted(remaining));
    bar.value = remaining / 1000;
    const reached = milestones.filter(([at]) => remaining <= at && at < before).sort(([a], [b]) => a - b);
    if (reached.length) voice.textContent = reached[0][1];
    before = remaining;
    if (remaining > 0) return;
    clearInterval(timer);
    left.textContent = voice.textContent = texts.over;
    over();
  }

  const timer = setInterval(show, 250);
  show();
}

function formatted(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
