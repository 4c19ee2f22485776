// Loads the polkit rule with a stand-in for polkit and asks it the questions that matter.
// node check.js RULE; exits 1 with the question that was answered wrongly.
const fs = require("fs"), vm = require("vm");
const Result = { YES: "yes", NO: "no", NOT_HANDLED: null };
let rule;
vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8"), { polkit: { Result, addRule(f) { rule = f; } } });
const subject = (user, groups) => ({ user, isInGroup: (g) => groups.includes(g) });
const pcsc = "org.debian.pcsc-lite.access_pcsc", card = "org.debian.pcsc-lite.access_card";
const table = [
    [pcsc, subject("uketsuke", []), "yes"],
    [card, subject("uketsuke", []), "yes"],
    [pcsc, subject("technician", ["uketsuke-admin"]), "yes"],
    [pcsc, subject("uketsuke-kiosk", []), null],
    [card, subject("uketsuke-vision", ["uketsuke-vision"]), null],
    [pcsc, subject("receipt", ["uketsuke-receipt"]), null],
    ["org.freedesktop.login1.reboot", subject("uketsuke", []), null],
];
for (const [id, who, expected] of table) {
    const answer = rule({ id }, who);
    if (answer !== expected) {
        console.error(`${id} for ${who.user}: ${answer}, expected ${expected}`);
        process.exit(1);
    }
}
