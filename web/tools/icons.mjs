/* icons - draws the PNG icons from public/icons/icon.svg with Chromium.  Run by hand when the SVG
 * changes; the PNGs are kept in the repository.  The maskable one fills its square and keeps the
 * mark inside the middle 80 %, which every launcher's mask leaves whole. */
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const DIR = new URL("../public/icons/", import.meta.url);
const svg = readFileSync(new URL("icon.svg", DIR), "utf8");
const ICONS = [
  { name: "icon-192.png", px: 192, scale: 1, fill: "transparent" },
  { name: "icon-512.png", px: 512, scale: 1, fill: "transparent" },
  { name: "maskable-512.png", px: 512, scale: 0.8, fill: "#0b0f14" },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
for (const { name, px, scale, fill } of ICONS) {
  const page = await browser.newPage({ viewport: { width: px, height: px } });
  const side = Math.round(px * scale);
  const pad = (px - side) / 2;
  await page.setContent(
    `<style>body{margin:0;background:${fill}}svg{position:absolute;left:${pad}px;top:${pad}px;` +
      `width:${side}px;height:${side}px}</style>${svg}`,
  );
  await page.screenshot({ path: new URL(name, DIR).pathname, omitBackground: true });
  await page.close();
}
await browser.close();
