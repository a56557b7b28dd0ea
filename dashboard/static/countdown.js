// Shows how much time is left, and says it aloud at a few moments only: a voice that counts every second is no help.

const MINUTE = 60_000;
const MILESTONES = [
  [10 * MINUTE, "Ten minutes left."],
  [5 * MINUTE, "Five minutes left."],
  [2 * MINUTE, "Two minutes left."],
  [1 * MINUTE, "One minute left."],
  [MINUTE / 2, "Half a minute left."],
];

export function countdown(section, clock, over) {
  const until = Number(section.dataset.until);
  const left = section.querySelector("[data-left]");
  const bar = section.querySelector("progress");
  const voice = section.querySelector("[data-milestone]");
  let before = until - clock.now();

  function show() {
    const remaining = Math.max(until - clock.now(), 0);
    left.textContent = `${written(remaining)} left`;
    bar.value = remaining / 1000;
    const reached = MILESTONES.filter(([at]) => remaining <= at && at < before);
    if (reached.length) voice.textContent = reached.at(-1)[1];
    before = remaining;
    if (remaining > 0) return;
    clearInterval(timer);
    left.textContent = "Time is over";
    voice.textContent = "Time is over.";
    over();
  }

  const timer = setInterval(show, 250);
  show();
}

function written(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
