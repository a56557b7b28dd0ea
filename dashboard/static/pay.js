// The payment page: counts down, submits the card, and reloads when the server reports another stage.

import { mountCardForm } from "./card_form.js";
import { serverClock } from "./clock.js";
import { countdown } from "./countdown.js";
import { watch } from "./watch.js";

const SLOW_AFTER = 20_000;
const page = document.querySelector("[data-page]");
const texts = JSON.parse(page.dataset.texts);
const path = page.dataset.status.replace(/\/status$/, "");
const clock = serverClock(Number(page.dataset.now));
const form = document.querySelector("#pay");

if (form) payable(); else waiting();
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

function open(query = "") {
  location.replace(path + query);
}

// The payment was made or has expired: polls until the server reports the result.
function waiting() {
  const started = performance.now();
  const voice = document.querySelector("[data-waiting]");
  const say = (text) => { if (voice) voice.textContent = text; };
  say(texts.checking);
  // The stages that the server reports until the result is known.
  const unchanged = new Set([page.dataset.stage, page.dataset.stage === "confirming" ? "due" : ""]);
  watch(page.dataset.status, {
    first: 700,
    slowest: 8_000,
    received({ stage }) {
      if (!unchanged.has(stage)) open();
      else if (performance.now() - started > SLOW_AFTER) say(texts.slow);
    },
  });
}

function payable() {
  const button = form.querySelector("button");
  const label = form.querySelector("[data-label]");
  const problem = document.querySelector("#problem");
  const payLabel = label.textContent;
  let attemptsLeft = Number(form.dataset.attemptsLeft || Infinity);
  let paying = false, over = false, card = null;

  const updates = watch(page.dataset.status, {
    first: 12_000,
    slowest: 20_000,
    received(now) {
      clock.set(now.now);
      if (now.attemptsLeft) attemptsLeft = now.attemptsLeft;
      if (now.stage !== "due" && !paying) open();
    },
  });

  const hold = document.querySelector("[data-until]");
  if (hold) countdown(hold, clock, texts, () => { over = true; if (!paying) lookAgain(); });

  function lookAgain() {
    busy(texts.wait);
    updates.now(700);
  }

  function busy(text) {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    label.textContent = text;
  }

  function ready(text = payLabel) {
    document.querySelector("[data-loading]")?.remove();
    button.disabled = false;
    button.removeAttribute("aria-busy");
    label.textContent = text;
  }

  function say(text) {
    problem.querySelector("p").textContent = text;
    problem.hidden = false;
    problem.focus();
  }

  function unavailable() {
    card = null;
    ready(texts.retry);
    say(texts.blocked);
  }

  const after = {
    paid: () => open("?redirect_status=succeeded"),
    incomplete: () => ready(),
    declined(message) {
      if (attemptsLeft > 1 && !over) {
        attemptsLeft -= 1;
        ready();
        say(`${message || texts.incomplete} ${texts.not_charged} ${texts.another_try}`);
        return;
      }
      say(`${message || texts.incomplete} ${texts.not_charged}`);
      lookAgain();
      // If the server has not ended the hold by this time, the form can be used again.
      setTimeout(() => open(), SLOW_AFTER);
    },
    unreachable() {
      if (over) lookAgain(); else ready();
      say(texts.unreachable);
    },
    "moved on": () => open(),
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    if (!card) return location.reload();
    paying = true;
    problem.hidden = true;
    busy(texts.paying);
    const { outcome, message } = await card.pay().catch(() => ({ outcome: "unreachable" }));
    paying = false;
    after[outcome](message);
  });

  if (!window.Stripe) return unavailable();
  card = mountCardForm(form, { ready: () => ready(), failed: unavailable });
}
