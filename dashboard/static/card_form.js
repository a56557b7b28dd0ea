// Mounts Stripe's card form in the page's style, and submits payments.

const VALIDATION = "validation_error";
const NOT_DECLINED = new Set(["api_connection_error", "api_error", "rate_limit_error"]);
// The payment was made or cancelled in the meantime. The server returns the result.
const MOVED_ON = "payment_intent_unexpected_state";

export function mountCardForm(form, { ready, failed }) {
  const stripe = window.Stripe(form.dataset.key, { locale: document.documentElement.lang });
  const elements = stripe.elements({ clientSecret: form.dataset.secret, appearance: appearance() });
  const element = elements.create("payment", { layout: "tabs" });
  element.on("ready", ready);
  element.on("loaderror", failed);
  element.mount("#card");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => elements.update({ appearance: appearance() }));
  return { pay: () => attempt(stripe, elements) };
}

// Resolves to {outcome, message}. The outcome is paid, incomplete, declined, unreachable or moved on.
async function attempt(stripe, elements) {
  const return_url = location.origin + location.pathname;
  const { error, paymentIntent } = await stripe.confirmPayment({
    elements, confirmParams: { return_url }, redirect: "if_required",
  });
  if (!error) {
    const paid = ["succeeded", "processing"].includes(paymentIntent.status);
    return { outcome: paid ? "paid" : "declined", message: "" };
  }
  return { outcome: outcomeOf(error), message: error.message ?? "" };
}

function outcomeOf(error) {
  if (error.code === MOVED_ON) return "moved on";
  if (error.type === VALIDATION) return "incomplete";
  return NOT_DECLINED.has(error.type) ? "unreachable" : "declined";
}

function appearance() {
  const styles = getComputedStyle(document.documentElement);
  const token = (name) => styles.getPropertyValue(name).trim();
  return {
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
    variables: {
      colorPrimary: token("--ink"),
      colorBackground: token("--surface"),
      colorText: token("--ink"),
      colorTextSecondary: token("--ink-soft"),
      colorDanger: token("--stop-ink"),
      fontFamily: token("--font"),
      fontSizeBase: "16px",
      borderRadius: "10px",
    },
  };
}
