/* shots DIR - walks through every screen of the app on dev/mock.mjs, on a phone and on a desktop,
 * and keeps a picture of each.  Ends with 1 when the browser's console has said anything that a
 * person should read (a violation of the security policy, an error, a failed request) or axe finds
 * something on a page that a person may not be able to use.
 *
 *   node dev/mock.mjs --port 5199 &    node dev/shots.mjs /tmp/shots [--light] */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const DIR = process.argv[2];
if (!DIR) {
  console.error("shots: say which folder");
  process.exit(2);
}
const BASE = process.env.MOCK ?? "http://localhost:5199";
const colorScheme = process.argv.includes("--light") ? "light" : "dark";
const DEVICES = [
  { name: "phone", viewport: { width: 390, height: 844 }, hasTouch: true },
  { name: "desktop", viewport: { width: 1440, height: 900 } },
];
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
mkdirSync(DIR, { recursive: true });

/* Runs in the page: the rules of WCAG 2.0 to 2.2, levels A and AA, that a machine can check. */
async function checkPage(source) {
  if (!globalThis.axe) new Function(source)();
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await globalThis.axe.run(document, { runOnly: tags });
  return violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(" ")}`);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ARGS,
});
const complaints = [];

async function walk(device) {
  const { name, ...options } = device;
  const context = await browser.newContext({ ...options, colorScheme });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const desktop = name === "desktop";
  page.on("console", (message) => {
    /* /me answers 401 to somebody who is not logged in: that is its job. */
    const expected = /400|401|403|422/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !expected)
      complaints.push(`${name}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error}`));
  const $ = (id) => page.getByTestId(id);
  const shot = async (title) => {
    await page.waitForTimeout(600);
    await page.screenshot({ path: join(DIR, `${name}-${title}.png`) });
    /* The list of results covers part of a row, which axe takes for a row too small to hit. */
    if (title.endsWith("search")) return;
    for (const problem of await page.evaluate(checkPage, AXE)) {
      complaints.push(`${name}-${title}: ${problem}`);
    }
  };

  /* What we hold, what was agreed to, and the way out, taken back. */
  const privacy = async () => {
    await page.goto(`${BASE}/account/privacy`);
    await $("consent-product_news").click();
    await page.getByText("Withdraw").first().waitFor();
    await shot("58-privacy");
    await $("erasure-ask").click();
    await shot("58-erase");
    await $("erasure-sure").click();
    await $("erasure-withdraw").waitFor();
    await shot("59-erasure-asked");
    await $("erasure-withdraw").click();
    await $("erasure-ask").waitFor();
  };

  /* A new client owes a phone number: another one, looking around, the code. */
  const owing = async () => {
    await page.goto(`${BASE}/login`);
    await $("login-email").fill("new@bijli.localhost");
    await $("login-password").fill("demo-password");
    await $("login-submit").click();
    await $("phone-code").fill("000000");
    await $("phone-code-submit").click();
    await page.getByText("this code is wrong").waitFor();
    await shot("05-verify");
    await $("verify-other").click();
    await $("phone-new").fill("12345");
    await $("phone-new-submit").click();
    await page.getByText("ten digits").waitFor();
    await shot("05-verify-other");
    await page.getByText("Cancel").click();
    await $("verify-later").click();
    await $("watch-price-RELIANCE").waitFor();
    await shot("05-verify-later");
    await $("phone-due").getByText("Verify it").click();
    await $("phone-code").fill("123456");
    await $("phone-code-submit").click();
    await $("watch-price-RELIANCE").waitFor();
    await $("phone-due").waitFor({ state: "detached" });
    await context.clearCookies();
  };

  /* A second factor is demanded: to be shown, to be added; what one may do meanwhile. */
  const demanded = async () => {
    for (const who of ["show", "must"]) {
      await page.goto(`${BASE}/login`);
      await $("login-email").fill(`${who}@bijli.localhost`);
      await $("login-password").fill("demo-password");
      await $("login-submit").click();
      await $("factor-first").waitFor();
      await shot(`06-factor-${who}`);
      await $("factor-meanwhile").click();
      await $("session-row").first().waitFor();
      await $("email-now").scrollIntoViewIfNeeded();
      await shot(`06-factor-${who}-meanwhile`);
      await context.clearCookies();
    }
  };

  /* Address and number in the security centre: one that waits, one that is being asked for. */
  const contact = async () => {
    await page.goto(`${BASE}/account/security`);
    await $("email-change").scrollIntoViewIfNeeded();
    await $("email-change").click();
    await $("email-new").fill("other@bijli.localhost");
    await $("email-new-submit").click();
    await $("email-wait").waitFor();
    await $("phone-change").click();
    await $("phone-new").scrollIntoViewIfNeeded();
    await shot("57-contact");
    await $("email-code").fill("123456");
    await $("email-code-submit").click();
    await $("email-wait").waitFor({ state: "detached" });
    await shot("57-contact-done");
  };

  /* The second factor: set up, with what it shows once, and removed again. */
  const security = async () => {
    await page.goto(`${BASE}/account/security`);
    await $("totp-enrol").waitFor();
    await shot("52-security");
    await $("totp-enrol").click();
    await $("totp-qr").waitFor();
    await $("factor-code").fill("000000");
    await $("totp-confirm").click();
    await page.getByText("wrong or was used").waitFor();
    await shot("53-enrol");
    await $("factor-code").fill("123456");
    await $("totp-confirm").click();
    await $("recovery-codes").waitFor();
    await shot("54-recovery-codes");
    await $("recovery-done").click();
    await $("totp-remove").waitFor();
    await shot("55-security-on");
    await $("totp-remove").click();
    await shot("56-remove");
    await $("totp-remove-confirm").click();
    await $("factor-code").waitFor();
    await shot("57-proof");
    await $("factor-code").fill("123456");
    await $("proof-submit").click();
    await $("totp-enrol").waitFor();
    await $("password-old").fill("no");
    await $("password-password").fill("another password");
    await $("password-submit").click();
    await page.getByText("this password is wrong").waitFor();
    await shot("58-password");
  };

  /* Passkeys, by a device that says yes to everything. */
  const passkeys = async () => {
    const devtools = await context.newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(`${BASE}/account/security`);
    await $("passkey-add").click();
    await $("passkey-name").fill("This laptop");
    await shot("59-passkey-add");
    await $("passkey-submit").click();
    await $("recovery-done").click();
    await $("passkeys").waitFor();
    await shot("59-passkeys");
    await $("passkey-rename").first().click();
    await $("passkey-name").fill("Laptop in the office");
    await $("passkey-submit").click();
    await page.getByText("Laptop in the office").waitFor();
    await $("passkey-remove").first().click();
    await shot("59-passkey-remove");
    await $("passkey-remove-confirm").click();
    await $("passkeys").waitFor({ state: "detached" });
  };

  /* API apps: those that there are, a new one with its secret, and one that asks for a yes. */
  const apps = async () => {
    await page.goto(`${BASE}/account/apps`);
    await $("app-row").first().waitFor();
    await shot("65-apps");
    await $("app-new").click();
    await $("app-name").fill("Morning robot");
    await $("app-redirect_url").fill("http://robot.example.com/");
    await $("app-make").click();
    await page.getByText("must begin with https://").waitFor();
    await shot("66-app-new");
    await $("app-redirect_url").fill("https://robot.example.com/back");
    await $("app-make").click();
    await $("secret-done").waitFor();
    await shot("67-app-secret");
    await $("secret-done").click();
    await $("app-addresses").first().click();
    await $("addresses").waitFor();
    await shot("68-app-addresses");
    await page.goto(`${BASE}/account/apps`);
    await $("app-library").first().click();
    await $("library-set").waitFor();
    await shot("68-app-library");
    await page.goto(`${BASE}/account/apps`);
    await $("app-change").first().click();
    await $("scope-market.read").first().click();
    await shot("68-app-change");
    await $("grant-set").click();
    await $("grant-set").waitFor({ state: "detached" });
    await page.goto(`${BASE}/account/apps`);
    await $("app-end").first().click();
    await shot("68-app-end");
    await page.goto(`${BASE}/connect/login?v=3&api_key=${"b".repeat(16)}`);
    await $("connect-yes").waitFor();
    await shot("69-connect");
  };

  await page.goto(`${BASE}/forgot`);
  await $("forgot-email").fill("two@bijli.localhost");
  await shot("07-forgot");
  await $("forgot-submit").click();
  await $("forgot-sent").waitFor();
  await page.goto(`${BASE}/reset#token=t`);
  await $("reset-password").fill("short");
  await $("reset-submit").click();
  await page.getByText("too easy").waitFor();
  await shot("08-reset");

  await page.goto(`${BASE}/`);
  await $("login-email").fill("two@bijli.localhost");
  await $("login-password").fill("demo-password");
  await $("login-submit").click();
  await $("factor-code").fill("000000");
  await $("factor-submit").click();
  await page.getByText("wrong or was used").waitFor();
  await shot("05-factor");
  await $("factor-other").click();
  await shot("06-recovery");
  await $("factor-again").click();
  await $("login-email").fill("key@bijli.localhost");
  await $("login-password").fill("demo-password");
  await $("login-submit").click();
  await $("factor-passkey").waitFor();
  await shot("09-factor-passkey");
  await $("factor-again").click();
  await $("login-email").fill("admin@bijli.localhost");
  await $("login-password").fill("no");
  await $("login-submit").click();
  await $("form-error").waitFor();
  await shot("01-login");
  await page.goto(`${BASE}/signup`);
  for (const key of ["name", "email", "phone", "password"])
    await $(`signup-${key}`).fill("client@bijli.localhost");
  await shot("02-signup");
  await $("signup-submit").click();
  await shot("03-check-mail");
  await page.goto(`${BASE}/confirm?token=good`);
  await $("confirm-done").waitFor();
  await shot("04-confirm");
  await page.goto(`${BASE}/undo?token=good`);
  await $("undo-submit").waitFor();
  await shot("04-undo");
  await $("undo-submit").click();
  await $("undo-done").waitFor();
  await shot("04-undone");
  await owing();
  await demanded();

  await page.goto(`${BASE}/login`);
  await $("login-email").fill("admin@bijli.localhost");
  await $("login-password").fill("demo-password");
  await $("login-submit").click();
  await $("watch-price-RELIANCE").waitFor();
  await page.waitForTimeout(1500);
  await shot("10-watchlist");
  await $("watch-search").fill("tata");
  await shot("11-search");
  await $("watch-search").fill("");
  await $("watch-edit").click();
  await shot("12-edit");
  await $("watch-edit").click();

  await $("watch-row-RELIANCE").click();
  await $("ladder-ask-0-price").waitFor();
  await page.waitForTimeout(2500);
  await shot("20-instrument");
  if (!desktop) await $("open-buy").click();
  await $("ticket-qty").fill("10");
  await shot("21-ticket");
  await $("ticket-price").fill("99999.99");
  await $("ticket-submit").click();
  await shot("22-ticket-errors");
  await $("ticket-type-market").click();
  await $("ticket-submit").click();
  await shot("23-confirm");
  await $("ticket-confirm").dblclick();
  await $("toast").first().waitFor();
  await shot("24-result");

  if (!desktop) await $("open-buy").click();
  await $("ticket-qty").fill("13");
  await $("ticket-submit").click();
  await $("ticket-confirm").click();
  await page.locator("[data-testid=toast][data-kind=bad]").first().waitFor();
  await shot("25-refused");
  await $("ticket-type-limit").click();
  await $("ticket-qty").fill("7");
  await $("ticket-price").fill("1290");
  await $("ticket-submit").click();
  await $("ticket-confirm").click();
  await page.waitForTimeout(500);

  if (!desktop) await $("open-buy").click();
  await $("ticket-type-sl").click();
  await $("ticket-qty").fill("25");
  await $("ticket-price").fill("1400");
  await $("ticket-trigger").fill("1395");
  await shot("26-stop");
  await $("ticket-more").click();
  await $("ticket-tif-gtd").click();
  await $("ticket-expiry").fill("2099-12-31");
  await $("ticket-disclosed").fill("30");
  await shot("27-stop-more");
  await $("ticket-disclosed").fill("5");
  await $("ticket-submit").click();
  await shot("28-stop-confirm");
  await $("ticket-confirm").click();
  await page.waitForTimeout(500);
  if (!desktop) await $("open-sell").click();
  else await $("ticket-sell").click();
  await $("ticket-type-slm").click();
  await $("ticket-trigger").fill("1250");
  await shot("29-stop-market");
  await $("ticket-submit").click();
  await $("ticket-confirm").click();
  await page.waitForTimeout(500);

  const tab = async (word) => {
    if (desktop) await $(`desk-${word}`).click();
    else if (word === "trades") {
      await $("tab-orders").click();
      await $("page-trades").click();
    } else await $(`tab-${word}`).click();
  };
  await tab("orders");
  await $("orders").waitFor();
  await shot("30-orders");
  await page.locator("[data-testid^=order-modify-]").nth(1).click();
  await $("modify-trigger").waitFor();
  await shot("31-modify-stop");
  await page.keyboard.press("Escape");
  await page.locator("[data-testid^=order-modify-]").nth(2).click();
  await shot("31-modify");
  await $("modify-qty").fill("9");
  await $("modify-submit").click();
  await page.waitForTimeout(400);
  await page.locator("[data-testid^=order-cancel-]").first().click();
  await shot("32-cancelled");
  await tab("trades");
  await shot("33-trades");
  await tab("positions");
  await $("positions").waitFor();
  await shot("40-positions");
  await $("position-exit-RELIANCE").click();
  await $("ticket-qty").waitFor();
  await shot("41-exit");
  if (!desktop) await page.keyboard.press("Escape");
  const price = await $("ladder-ask-2-price").textContent();
  await $("ladder-ask-2-price").click();
  await $("ticket-price").waitFor();
  await shot("42-from-ladder");
  const taken = await $("ticket-price").inputValue();
  if (price === "-" || taken === "")
    complaints.push(`${name}: ladder ${price} gave the ticket ${taken}`);
  if (!desktop) await page.keyboard.press("Escape");
  if (desktop) await page.goto(`${BASE}/account`);
  else await tab("account");
  await shot("50-account");
  await security();
  await passkeys();
  await contact();
  await privacy();
  await apps();
  for (const [path, title] of [
    ["/status", "51-status"],
    ["/admin/orders", "60-all-orders"],
    ["/admin/approvals", "59-approvals"],
    ["/admin/halts", "61-halts"],
  ]) {
    await page.goto(BASE + path);
    await page.waitForTimeout(700);
    await shot(title);
  }
  await $("halt-button-RELIANCE").click();
  await $("halt-reason").fill("News pending");
  await shot("62-halt");
  await $("halt-submit").click();
  await page.goto(`${BASE}/i/RELIANCE`);
  await page.waitForTimeout(1500);
  await shot("63-halted");
  await page.goto(`${BASE}/i/ITC`);
  await page.waitForTimeout(1500);
  await shot("64-auction");
  await page.goto(`${BASE}/admin/halts`);
  await $("halt-button-RELIANCE").click();
  await $("halt-reason").fill("Over");
  await $("halt-submit").click();
  await shot("65-waits");
  await $("halt-close").click();
  await shot("66-resume-waits");
  await page.waitForTimeout(4000);

  await page.goto(`${BASE}/`);
  await $("watch-price-RELIANCE").waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  const before = complaints.length;
  await context.setOffline(true);
  await page.waitForTimeout(1500);
  await shot("70-offline");
  await page.reload();
  await page.getByText("Try again").waitFor();
  await shot("71-offline-reload");
  complaints.length = before; /* Failed requests are what being offline is. */
  await context.close();
}

for (const device of DEVICES) await walk(device);
await browser.close();
for (const complaint of complaints) console.error(complaint);
console.log(`shots: ${DIR}, ${complaints.length} complaints`);
process.exit(complaints.length > 0 ? 1 : 0);
