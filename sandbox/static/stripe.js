// Replaces https://js.stripe.com/v3/ in the sandbox, with the parts that a page with the Payment Element uses. Accepts
// only test cards. The inputs and styles are in a shadow root instead of a frame, and need no inline styles.
(function () {
  "use strict";

  var script = document.currentScript || document.querySelector("script[src*='/v3/'], script[src*='/stripe.js']");
  var HOME = new URL(script.src).origin;
  var CARDS = [
    ["4242 4242 4242 4242", "Pays"],
    ["4000 0000 0000 0002", "Is declined"],
    ["4000 0025 0000 3155", "Asks the bank first"],
  ];
  var LOOK = "\
    :host { display: block; font: 16px/1.4 system-ui, sans-serif; color: CanvasText; color-scheme: inherit; }\
    * { box-sizing: border-box; }\
    .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; border: 0; margin: 0; padding: 0; min-width: 0; }\
    legend { padding: 0; font-size: 13px; margin-bottom: 8px; opacity: 0.8; }\
    label { display: grid; gap: 4px; font-size: 14px; min-width: 0; }\
    .wide { grid-column: 1 / -1; }\
    input, button { font: inherit; border-radius: 8px; border: 1px solid color-mix(in srgb, CanvasText 35%, transparent);\
      background: Canvas; color: CanvasText; padding: 10px 12px; width: 100%; min-width: 0; }\
    input { font-size: 16px; font-variant-numeric: tabular-nums; }\
    input[aria-invalid=true] { border-color: light-dark(#b3261e, #ff9d94); }\
    :focus-visible { outline: 2px solid light-dark(#3457d5, #8ea6ff); outline-offset: 1px; }\
    .tests { grid-column: 1 / -1; display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 8px; }\
    .tests button { font-size: 13px; padding: 8px; cursor: pointer; text-align: left; }\
    .tests small { display: block; opacity: 0.75; font-variant-numeric: tabular-nums; }\
    .error { grid-column: 1 / -1; margin: 0; font-size: 14px; color: light-dark(#b3261e, #ff9d94); }\
    .error:empty { display: none; }\
    dialog { border: 0; border-radius: 14px; padding: 24px; max-width: 22rem; color: CanvasText; background: Canvas; }\
    dialog::backdrop { background: rgb(0 0 0 / 55%); }\
    dialog h2 { font-size: 18px; margin: 0 0 8px; } dialog p { margin: 0 0 16px; }\
    .choices { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }\
    .choices button { cursor: pointer; font-weight: 600; }\
    .choices .yes { background: light-dark(#3457d5, #3f5fd6); border-color: transparent; color: #fff; }";

  function make(name, properties, children) {
    var element = document.createElement(name);
    Object.keys(properties || {}).forEach(function (key) {
      if (key in element) { element[key] = properties[key]; } else { element.setAttribute(key, properties[key]); }
    });
    (children || []).forEach(function (child) { element.append(child); });
    return element;
  }

  function shadow(host, children) {
    var root = host.shadowRoot || host.attachShadow({ mode: "open" });
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren.apply(root, children);
    return root;
  }

  function ask(method, path, parameters) {
    var query = new URLSearchParams(parameters);
    var url = HOME + path + (method === "GET" ? "?" + query : "");
    return fetch(url, { method: method, body: method === "GET" ? undefined : query, credentials: "omit" })
      .then(function (answer) { return answer.json(); })
      .then(function (body) { return body.error ? { error: body.error } : { paymentIntent: body }; })
      .catch(function () {
        return { error: { type: "api_connection_error", message: "The payment service cannot be reached. You have not been charged." } };
      });
  }

  function intentOf(clientSecret) { return String(clientSecret).split("_secret_")[0]; }

  // ---- the Payment Element

  function PaymentElement(options) {
    var listeners = {}, host = null, fields = {}, complaint = make("p", { className: "error", role: "alert" });
    var self = {};

    function tell(name, detail) { (listeners[name] || []).forEach(function (listener) { listener(detail); }); }
    function digits() { return fields.number.value.replace(/\D/g, ""); }
    function expiry() { return fields.expiry.value.replace(/\D/g, ""); }

    function wrong() {
      if (!/^\d{13,19}$/.test(digits())) { return ["number", "Your card number is incomplete."]; }
      var month = Number(expiry().slice(0, 2)), year = 2000 + Number(expiry().slice(2, 4));
      if (expiry().length !== 4 || month < 1 || month > 12) { return ["expiry", "Your card's expiration date is incomplete."]; }
      if (new Date(year, month) <= new Date()) { return ["expiry", "Your card's expiration date is in the past."]; }
      if (!/^\d{3,4}$/.test(fields.cvc.value)) { return ["cvc", "Your card's security code is incomplete."]; }
      return null;
    }

    function changed() {
      var typed = digits().slice(0, 19);
      fields.number.value = typed.replace(/(.{4})(?=.)/g, "$1 ");
      var date = expiry().slice(0, 4);
      fields.expiry.value = date.length > 2 ? date.slice(0, 2) + " / " + date.slice(2) : date;
      complain(null);
      tell("change", { elementType: "payment", complete: !wrong(), empty: !typed && !date && !fields.cvc.value, collapsed: false, value: { type: "card" } });
    }

    function complain(problem) {
      Object.keys(fields).forEach(function (name) { fields[name].setAttribute("aria-invalid", String(!!problem && problem[0] === name)); });
      complaint.textContent = problem ? problem[1] : "";
      if (problem && fields[problem[0]]) { fields[problem[0]].focus(); }
    }

    function fill(number) {
      fields.number.value = number;
      fields.expiry.value = "12 / " + String(new Date().getFullYear() + 3).slice(2);
      fields.cvc.value = "123";
      changed();
    }

    function field(name, label, properties) {
      fields[name] = make("input", Object.assign({ type: "text", inputMode: "numeric", name: name, oninput: changed, required: true }, properties));
      return make("label", { className: name === "number" ? "wide" : "" }, [label, fields[name]]);
    }

    self.mount = function (where) {
      host = typeof where === "string" ? document.querySelector(where) : where;
      var tests = make("div", { className: "tests", role: "group", ariaLabel: "Test cards" }, CARDS.map(function (card) {
        return make("button", { type: "button", onclick: function () { fill(card[0]); } }, [card[1], make("small", {}, ["… " + card[0].slice(-4)])]);
      }));
      shadow(host, [make("fieldset", { className: "fields" }, [
        make("legend", {}, ["Test mode: use a test card. Nothing is charged."]),
        tests,
        field("number", "Card number", { autocomplete: "cc-number", placeholder: "1234 1234 1234 1234" }),
        field("expiry", "Expiration date", { autocomplete: "cc-exp", placeholder: "MM / YY" }),
        field("cvc", "Security code", { autocomplete: "cc-csc", placeholder: "CVC", maxLength: 4 }),
        complaint,
      ])]);
      setTimeout(function () { tell("ready", { elementType: "payment" }); }, 0);
      return self;
    };
    self.on = function (name, listener) { (listeners[name] = listeners[name] || []).push(listener); return self; };
    self.off = function (name, listener) { listeners[name] = (listeners[name] || []).filter(function (one) { return one !== listener; }); return self; };
    self.once = function (name, listener) { return self.on(name, function only(detail) { self.off(name, only); listener(detail); }); };
    self.unmount = function () { if (host && host.shadowRoot) { host.shadowRoot.replaceChildren(); } };
    self.destroy = self.unmount;
    self.focus = function () { fields.number.focus(); };
    self.clear = function () { Object.keys(fields).forEach(function (name) { fields[name].value = ""; }); };
    self.update = function (more) { Object.assign(options, more); };
    self.problem = function () { var problem = wrong(); complain(problem); return problem; };
    self.card = function () { return digits(); };
    return self;
  }

  function Elements(given) {
    var options = given || {}, element = null;
    return {
      clientSecret: function () { return options.clientSecret; },
      payment: function () { return element; },
      create: function (type, more) {
        if (type !== "payment") { throw new Error("The sandbox supports only the Payment Element, not: " + type); }
        element = PaymentElement(more || {});
        return element;
      },
      getElement: function () { return element; },
      update: function (more) { Object.assign(options, more); },
      fetchUpdates: function () { return Promise.resolve({}); },
      submit: function () { return Promise.resolve(invalid(element) || {}); },
    };
  }

  function invalid(element) {
    var problem = element && element.problem();
    return problem ? { error: { type: "validation_error", code: "incomplete_" + problem[0], message: problem[1] } } : null;
  }

  // ---- the approval by the bank

  function approve() {
    return new Promise(function (done) {
      var host = make("div"), dialog = make("dialog", { "aria-labelledby": "bank-title" });
      function choose(outcome) { return function () { dialog.close(); host.remove(); done(outcome); }; }
      dialog.append(
        make("h2", { id: "bank-title" }, ["Your bank wants to know"]),
        make("p", {}, ["Do you approve this payment? (This is the sandbox's bank.)"]),
        make("div", { className: "choices" }, [
          make("button", { type: "button", className: "yes", onclick: choose("approved") }, ["Approve"]),
          make("button", { type: "button", onclick: choose("refused") }, ["Refuse"]),
        ]));
      dialog.addEventListener("cancel", function (event) { event.preventDefault(); choose("refused")(); });
      shadow(host, [dialog]);
      document.body.append(host);
      dialog.showModal();
    });
  }

  window.Stripe = function Stripe(key) {
    function stepped(result, clientSecret) {
      if (!result.paymentIntent || result.paymentIntent.status !== "requires_action") { return Promise.resolve(result); }
      return approve().then(function (outcome) {
        var asked = { key: key, client_secret: clientSecret, source: result.paymentIntent.id, outcome: outcome };
        return ask("POST", "/v1/3ds2/authenticate", asked);
      }).then(function (answer) {
        var failed = answer.paymentIntent && answer.paymentIntent.last_payment_error;
        return failed ? { error: Object.assign({ payment_intent: answer.paymentIntent }, failed) } : answer;
      });
    }

    function finish(result, given, clientSecret) {
      var back = given.confirmParams && given.confirmParams.return_url;
      if (result.error || given.redirect === "if_required" || !back) { return result; }
      var url = new URL(back, location.href);
      url.searchParams.set("payment_intent", result.paymentIntent.id);
      url.searchParams.set("payment_intent_client_secret", clientSecret);
      url.searchParams.set("redirect_status", result.paymentIntent.status);
      location.assign(url);
      return new Promise(function () {});
    }

    function confirmPayment(given) {
      var element = given.elements && given.elements.payment();
      var clientSecret = given.clientSecret || (given.elements && given.elements.clientSecret());
      var refused = invalid(element);
      if (refused) { return Promise.resolve(refused); }
      var asked = { key: key, client_secret: clientSecret, "payment_method_data[type]": "card" };
      asked["payment_method_data[card][number]"] = element ? element.card() : "";
      return ask("POST", "/v1/payment_intents/" + intentOf(clientSecret) + "/confirm", asked)
        .then(function (result) { return stepped(result, clientSecret); })
        .then(function (result) { return finish(result, given, clientSecret); });
    }

    function retrievePaymentIntent(clientSecret) {
      return ask("GET", "/v1/payment_intents/" + intentOf(clientSecret), { key: key, client_secret: clientSecret });
    }

    return {
      elements: Elements,
      confirmPayment: confirmPayment,
      retrievePaymentIntent: retrievePaymentIntent,
      handleNextAction: function (given) {
        return retrievePaymentIntent(given.clientSecret).then(function (result) { return stepped(result, given.clientSecret); });
      },
    };
  };
})();
