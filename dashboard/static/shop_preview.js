// Previews a text while it is edited, and shows its number of SMS.

const token = document.querySelector("input[name=csrf_token]")?.value;

for (const wording of document.querySelectorAll("[data-preview]")) {
  const field = wording.querySelector("textarea");
  const language = wording.querySelector("input[name=language]").value;
  let timer = 0, asked = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 350);
  });

  async function look() {
    const number = ++asked;
    const name = wording.dataset.previewName;
    const body = new URLSearchParams({ name, language, source: field.value, csrf_token: token });
    const answer = await fetch(wording.dataset.preview, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || number !== asked) return;
    const seen = await answer.json();
    wording.querySelector("[data-preview-text]").textContent = seen.text;
    wording.querySelector("[data-preview-cost]").textContent = seen.own ? seen.cost : `${seen.cost}, default text`;
    wording.querySelector("[data-preview-problems]").textContent = seen.problems.join(" ");
  }
}
