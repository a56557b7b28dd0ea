// The payment page: counts down, takes the card, and opens itself anew when the server says that things have changed.

import { mountCardForm } from "./card_form.js";
import { serverClock } from "./clock.js";
import { countdown } from "./countdown.js";
import { watch } from "./watch.js";

const SLOW_AFTER = 20_000;
const page = document.querySelector("[data-page]");
const path = page.dataset.status.replace(/\/status$/, "");
const clock = serverClock(Number(page.dataset.now));
const form = document.querySelector("#pay");

if (form) payable(); else waiting();
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

function open(query = "") {
  location.replace(path + query);
}

// Paid, or about to be over: the server's word decides, this page only waits for it.
function waiting() {
  const started = performance.now();
  const voice = document.querySelector("[data-waiting]");
  const say = (words) => { if (voice) voice.textContent = words; };
  say("Checking …");
  // What a payment looks like until the news of it has come.
  const asBefore = new Set([page.dataset.stage, page.dataset.stage === "confirming" ? "due" : ""]);
  watch(page.dataset.status, {
    first: 700,
    slowest: 8_000,
    heard({ stage }) {
      if (!asBefore.has(stage)) open();
      else if (performance.now() - started > SLOW_AFTER) say("This takes longer than usual. You may close this page and open your link again later.");
    },
  });
}

function payable() {
  const button = form.querySelector("button");
  const label = form.querySelector("[data-label]");
  const problem = document.querySelector("#problem");
  const asked = label.textContent;
  let attemptsLeft = Number(form.dataset.attemptsLeft || Infinity);
  let paying = false, over = false, card = null;

  const news = watch(page.dataset.status, {
    first: 12_000,
    slowest: 20_000,
    heard(now) {
      clock.set(now.now);
      if (now.attemptsLeft) attemptsLeft = now.attemptsLeft;
      if (now.stage !== "due" && !paying) open();
    },
  });

  const hold = document.querySelector("[data-until]");
  if (hold) countdown(hold, clock, () => { over = true; if (!paying) lookAgain(); });

  function lookAgain() {
    busy("One moment …");
    news.now(700);
  }

  function busy(words) {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    label.textContent = words;
  }

  function ready(words = asked) {
    document.querySelector("[data-loading]")?.remove();
    button.disabled = false;
    button.removeAttribute("aria-busy");
    label.textContent = words;
  }

  function say(text) {
    problem.querySelector("p").textContent = text;
    problem.hidden = false;
    problem.focus();
  }

  function unavailable() {
    card = null;
    ready("Try again");
    say("The card form could not be loaded. Please check your connection, or switch off a content blocker for this page.");
  }

  const after = {
    paid: () => open("?redirect_status=succeeded"),
    incomplete: () => ready(),
    declined(message) {
      if (attemptsLeft > 1 && !over) {
        attemptsLeft -= 1;
        ready();
        say(`${message} No money was taken. You can try again, with the same card or another.`);
        return;
      }
      say(`${message} No money was taken.`);
      lookAgain();
      // No word from the server by then: whoever sees the form again may use it.
      setTimeout(() => open(), SLOW_AFTER);
    },
    unreachable() {
      if (over) lookAgain(); else ready();
      say("The payment service can't be reached just now. Please check your connection and try again: you won't be charged twice.");
    },
    "moved on": () => open(),
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    if (!card) return location.reload();
    paying = true;
    problem.hidden = true;
    busy("Paying …");
    const { outcome, message } = await card.pay().catch(() => ({ outcome: "unreachable" }));
    paying = false;
    after[outcome](message);
  });

  if (!window.Stripe) return unavailable();
  card = mountCardForm(form, { ready: () => ready(), failed: unavailable });
}
