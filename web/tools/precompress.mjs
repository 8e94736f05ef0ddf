/* precompress DIR - write NAME.br and NAME.gz beside every text file, so that the server sends
 * bytes as they lie on the disk and never compresses on the way.  A copy that is not smaller is
 * not kept. */
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt"]);
const MIN_BYTES = 256;

const dir = process.argv[2];
if (!dir) {
  console.error("precompress: say which folder");
  process.exit(2);
}

const brotli = {
  params: {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  },
};

let [files, plain, packed] = [0, 0, 0];
for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue;
  const body = readFileSync(path);
  for (const [suffix, small] of [
    [".br", brotliCompressSync(body, brotli)],
    [".gz", gzipSync(body, { level: 9 })],
  ]) {
    if (body.length >= MIN_BYTES && small.length < body.length) writeFileSync(path + suffix, small);
    else rmSync(path + suffix, { force: true });
    if (suffix === ".br") packed += small.length;
  }
  files += 1;
  plain += body.length;
}
console.log(`precompress: ${files} files, ${plain} bytes, ${packed} as brotli`);
