// The desk's pages: keeps the live parts as they are now, lets a barcode reader go from field to field, prints. It holds no text.
import { lay, numbers } from "/draw.js";

const SIGN_IN = "/desk/sign-in";
const parts = () => [...document.querySelectorAll("[data-live]")];
let asking = false;
let again = false;

// Numbers to call stay in one piece, on the screen and on paper.
function unbroken(page) {
  for (const one of page.querySelectorAll(".phone, #offices li")) one.replaceChildren(...numbers(one.textContent));
}
unbroken(document);

async function refresh() {
  if (parts().length === 0) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  try {
    const answer = await fetch(location.pathname, { headers: { "x-uketsuke-live": "1" } });
    if (new URL(answer.url).pathname === SIGN_IN) return location.assign(SIGN_IN);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    unbroken(fresh);
    for (const part of parts()) {
      const now = fresh.getElementById(part.id);
      if (now) lay(part, [...now.childNodes]);
    }
  } finally {
    asking = false;
  }
  if (again) refresh();
}

if (document.querySelector("header")) {
  const source = new EventSource("/desk/live");
  source.addEventListener("changed", refresh);
  source.addEventListener("ended", () => location.assign(SIGN_IN));
}

// A barcode reader ends each number with Enter: the next field takes the next number; the last Enter sends.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !(event.target instanceof HTMLInputElement) || !event.target.form) return;
  const fields = [...event.target.form.elements].filter((one) => one.matches("input:not([type=hidden]), select, textarea"));
  const next = fields[fields.indexOf(event.target) + 1];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("button#print")) window.print();
});
