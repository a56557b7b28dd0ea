// Renders the phones page, polls its state and redraws what changed.

const PAUSE = 500;
const STATUS = {
  queued: ["◷", "queued"], sent: ["✓", "sent"], delivered: ["✓✓", "delivered"], read: ["✓✓", "read"],
  undelivered: ["✕", "not delivered"], failed: ["✕", "failed"], received: ["✓✓", "received"],
};
const PAYMENT = {
  requires_payment_method: ["waiting", "waiting for a card"], requires_confirmation: ["waiting", "waiting for a card"],
  requires_action: ["waiting", "waiting for approval"], processing: ["waiting", "processing"],
  succeeded: ["good", "paid"], canceled: ["over", "cancelled"],
};
const OPEN = ["requires_payment_method", "requires_confirmation", "requires_action", "processing"];

const byId = (id) => document.getElementById(id);
const phones = new Map();
const looked = new Set();
const drawn = new Map();
let tag = "";

/** An element: h("p", {class: "hint", onclick: f}, "text", child). Text is never parsed as HTML. */
function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

async function send(method, path, body) {
  try {
    const answer = await fetch(path, {
      method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
    });
    if (!answer.ok) toast((await answer.json()).error ?? `The request failed (${answer.status}).`);
    refresh();
    return answer.ok;
  } catch {
    toast("The sandbox is not responding.");
    return false;
  }
}

let toastTimer = 0;
function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, 5000);
}

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const moment = (at) => h("time", { datetime: at, title: new Date(at).toLocaleString([], { timeZoneName: "short" }) }, clock(at));

function money(payment) {
  const format = new Intl.NumberFormat([], { style: "currency", currency: payment.currency.toUpperCase() });
  return format.format(payment.amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** Redraws the element `id` only if `value` differs from the last one. */
function draw(id, value, render) {
  const text = JSON.stringify(value);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  byId(id).replaceChildren(...render(value));
}

// ---- phones

function withLinks(body) {
  return body.split(/(https?:\/\/\S+)/).map((part, place) => (place % 2
    ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part.replace(/^https?:\/\//, ""))
    : part));
}

function paymentBox(text) {
  const { payment, sid } = text;
  const open = payment == null || OPEN.includes(payment.status);
  const [tone, words] = payment ? PAYMENT[payment.status] : ["waiting", "payment link"];
  const act = (verb) => () => send("POST", `/sandbox/texts/${sid}/${verb}`);
  return h("div", { class: "pay" },
    h("p", { class: "pay-head" },
      payment ? h("strong", { class: "figures" }, money(payment)) : null,
      h("span", { class: `pill ${tone}` }, words)),
    payment?.declined && open ? h("p", { class: "small bad-text" }, `✕ ${payment.declined.replaceAll("_", " ")}`) : null,
    text.walked_away && open ? h("p", { class: "small" }, "Left without paying.") : null,
    open ? h("p", { class: "row" },
      h("button", { class: "small primary", onclick: act("pay") }, "Pay"),
      h("button", { class: "small", onclick: act("decline") }, "Card declined"),
      text.walked_away ? null : h("button", { class: "small", onclick: act("walk_away") }, "Leave without paying")) : null,
    h("a", { class: "small", href: text.link, target: "_blank", rel: "noopener noreferrer" }, "Open the payment page ↗"));
}

function bubble(text) {
  const [mark, words] = STATUS[text.status] ?? ["", text.status];
  const lost = text.status === "undelivered" || text.status === "failed";
  const foot = text.way === "in" || lost
    ? [" · ", h("span", { class: lost ? "bad-text" : `tick ${text.status}` }, `${mark} ${words}${text.error ? ` (${text.error})` : ""}`)]
    : [text.way === "carrier" ? " · from the carrier" : ""];
  return h("li", { class: `text ${text.way}${lost ? " lost" : ""}` },
    h("div", { class: "bubble" }, h("p", {}, withLinks(text.body)), text.link ? paymentBox(text) : null),
    h("p", { class: "foot" }, moment(text.at), foot));
}

function makePhone(phone) {
  const say = (body) => send("POST", "/sandbox/inbound", { from: phone.number, to: card.shop, body });
  const quick = (word, title) => h("button", { class: `quick ${word.toLowerCase()}`, title, onclick: () => say(word) }, word);
  const input = h("input", { "aria-label": `Text from ${phone.name || phone.number}`, placeholder: "Text message", maxlength: 1600 });
  const form = h("form", {
    class: "compose",
    onsubmit: async (event) => {
      event.preventDefault();
      if (input.value.trim() && await say(input.value)) input.value = "";
    },
  }, input, h("button", { class: "send", "aria-label": "Send", title: "Send" }, "↑"));
  const head = h("header");
  const list = h("ol", { class: "texts", tabindex: 0, "aria-label": "Conversation" });
  const keys = h("div", { class: "quicks" }, quick("YES", "Accept the offer"), quick("NO", "Decline the offer"), quick("STOP", "Opt out of all texts"));
  const card = { element: h("article", { class: "phone" }, head, list, keys, form), head, list, shop: phone.shop, drawn: "" };
  return card;
}

function updatePhone(card, phone) {
  card.shop = phone.shop;
  const text = JSON.stringify(phone);
  if (card.drawn === text) return;
  const first = card.drawn === "";
  card.drawn = text;
  const label = phone.name || phone.number;
  card.element.setAttribute("aria-label", label);
  card.head.replaceChildren(
    h("span", { class: "face", "aria-hidden": "true" }, phone.name ? phone.name.slice(0, 1).toUpperCase() : phone.number.slice(-2)),
    h("div", {}, h("h3", { class: "figures" }, label),
      h("p", { class: "small figures" }, phone.name ? phone.number : `texting ${phone.shop}`)),
    phone.opted_out ? h("span", { class: "pill bad", title: "Texted STOP: the carrier blocks this shop until START" }, "opted out") : "");
  const atEnd = card.list.scrollHeight - card.list.scrollTop - card.list.clientHeight < 60;
  card.list.replaceChildren(...phone.texts.map(bubble));
  if (!phone.texts.length) card.list.append(h("li", { class: "none" }, "No texts yet."));
  if (atEnd || first) requestAnimationFrame(() => { card.list.scrollTop = card.list.scrollHeight; });
  if (!first) {
    card.element.classList.remove("fresh");
    requestAnimationFrame(() => card.element.classList.add("fresh"));
  }
}

function drawPhones(list) {
  const grid = byId("grid");
  byId("empty").hidden = list.length > 0;
  byId("phones-count").textContent = list.length || "";
  for (const phone of list.toReversed()) {
    if (!phones.has(phone.number)) {
      const card = makePhone(phone);
      phones.set(phone.number, card);
      grid.prepend(card.element);
    }
    updatePhone(phones.get(phone.number), phone);
    phone.texts.filter((text) => text.link && !text.payment && !looked.has(text.sid)).forEach((text) => {
      looked.add(text.sid);
      fetch(`/sandbox/texts/${text.sid}/look`, { method: "POST" }).catch(() => {});
    });
  }
  const shown = new Set(list.map((phone) => phone.number));
  for (const [number, card] of phones) {
    if (!shown.has(number)) { card.element.remove(); phones.delete(number); }
  }
  draw("shops", [...new Set(list.map((phone) => phone.shop))], (shops) => shops.map((shop) => h("option", { value: shop })));
  const shop = byId("add-form").elements.shop;
  if (!shop.value && list.length) shop.value = list[0].shop;
}

// ---- events and controls

function event(line) {
  const good = line.status >= 200 && line.status < 300;
  return h("li", { class: good ? "" : "wrong", title: line.id ?? "" },
    moment(line.at),
    h("b", { class: line.kind === "webhook" ? "in" : "out", "aria-label": line.kind === "webhook" ? "sent to the application" : "requested by the application" },
      line.kind === "webhook" ? "←" : "→"),
    h("span", { class: "what" }, h("span", { class: `who ${line.provider}` }, line.provider), ` ${line.words}`,
      line.fault ? h("span", { class: "pill warn" }, line.fault.replaceAll("_", " ")) : null),
    h("span", { class: `figures ${good ? "" : "bad-text"}` }, line.status || "no answer"));
}

function paymentCard(payment) {
  const [tone, words] = PAYMENT[payment.status] ?? ["over", payment.status];
  const act = (verb, label, kind = "") => h("button", { class: `small ${kind}`, onclick: () => send("POST", `/sandbox/payment_intents/${payment.id}/${verb}`) }, label);
  return h("li", {},
    h("p", { class: "pay-head" }, h("strong", { class: "figures" }, money(payment)), h("span", { class: `pill ${tone}` }, words), moment(payment.at)),
    h("p", { class: "small mono" }, payment.id, payment.appointment ? [h("br"), `appointment ${payment.appointment}`] : null),
    payment.declined && OPEN.includes(payment.status) ? h("p", { class: "small bad-text" }, `✕ ${payment.declined.replaceAll("_", " ")}`) : null,
    OPEN.includes(payment.status)
      ? h("p", { class: "row" }, act("succeed", "Pay", "primary"), act("fail", "Card declined"), payment.status === "processing" ? null : act("processing", "Set to processing"))
      : payment.status === "succeeded" ? h("p", { class: "row" }, act("dispute", "Dispute")) : null);
}

function email(mail) {
  return h("li", {},
    h("p", { class: "pay-head" }, h("strong", {}, mail.subject), moment(mail.created_at)),
    h("p", { class: "small" }, `to ${mail.to.join(", ")}`),
    h("p", { class: "mail-body" }, withLinks(mail.text ?? mail.html?.replace(/<[^>]+>/g, " ") ?? "")));
}

function chaosSwitch(one) {
  const turn = () => send("POST", `/sandbox/switches/${one.name}/${one.on ? "off" : "on"}`);
  return h("li", {}, h("button", { class: "switch", role: "switch", "aria-checked": String(one.on), onclick: turn },
    h("span", { class: "knob", "aria-hidden": "true" }),
    h("span", {}, h("strong", {}, one.label), h("span", { class: "small" }, one.promise))));
}

function faultList(faults) {
  if (!faults.length) return [];
  return [
    h("p", { class: "bar" }, h("strong", {}, `${faults.length} fault${faults.length > 1 ? "s" : ""} on`),
      h("button", { class: "small", onclick: () => send("DELETE", "/sandbox/faults") }, "Clear all")),
    h("ul", { class: "plain" }, faults.map((fault) => h("li", { class: "small mono" },
      `${fault.provider} ${fault.operation}: ${fault.fault}${fault.left == null ? "" : `, ${fault.left} left`}`))),
  ];
}

const or = (rows, words) => (rows.length ? rows : [h("li", { class: "none" }, words)]);
const count = (id, label, number) => { byId(id).textContent = number ? `${label} ${number}` : label; };

function drawAll(state) {
  drawPhones(state.phones);
  draw("events", state.events, (lines) => or(lines.map(event), "No events yet."));
  draw("payments", state.payments, (payments) => or(payments.map(paymentCard), "No payments yet. The first YES creates one."));
  draw("mail", state.emails, (emails) => or(emails.map(email), "No e-mails yet."));
  draw("switches", state.switches, (switches) => switches.map(chaosSwitch));
  draw("faults", state.faults, faultList);
  byId("waiting").textContent = state.waiting ? `${state.waiting} still to be delivered.` : "";
  count("tab-payments", "Payments", state.payments.filter((payment) => OPEN.includes(payment.status)).length);
  count("tab-mail", "Mail", state.emails.length);
  count("tab-chaos", "Chaos", state.faults.length);
}

// ---- live

function live(state) {
  const mark = byId("live");
  if (mark.dataset.state !== state) { mark.dataset.state = state; mark.textContent = state; }
}

let asking = null;
function refresh() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

async function ask() {
  try {
    const answer = await fetch("/sandbox/phones", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") ?? "";
      drawAll(await answer.json());
    }
    live(answer.ok || answer.status === 304 ? "live" : "reconnecting");
  } catch {
    live("reconnecting");
  }
}

async function run() {
  for (;;) {
    if (document.hidden) live("paused");
    else if (String(getSelection())) live("paused");
    else await refresh();
    await new Promise((done) => { setTimeout(done, PAUSE); });
  }
}

byId("add-form").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const form = submitted.target;
  const tidy = (name) => form.elements[name].value.trim();
  if (await send("POST", "/sandbox/phones", { number: tidy("number"), name: tidy("name"), shop: tidy("shop") })) {
    form.elements.number.value = form.elements.name.value = "";
    byId("add").open = false;
  }
});

const tabs = [...document.querySelectorAll("[role=tab]")];
function choose(tab) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    byId(one.getAttribute("aria-controls")).hidden = one !== tab;
  }
}
tabs.forEach((tab, place) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (pressed) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[pressed.key];
    if (step) { const next = tabs.at((place + step) % tabs.length); choose(next); next.focus(); }
  });
});

run();
