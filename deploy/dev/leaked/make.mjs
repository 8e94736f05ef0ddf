// make.mjs LIST OUT - from passwords, a line each, to their SHA-1 as Have I Been Pwned writes it, sorted. Those that no
// password here may be (10 to 128 bytes, bj_password.h) stay away. How often each was seen is not known: 1.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const [, , list, out] = process.argv
const lines = readFileSync(list)
  .toString('latin1') // byte by byte
  .split('\n')
  .filter((line) => line.length >= 10 && line.length <= 128)
  .map((line) => createHash('sha1').update(line, 'latin1').digest('hex').toUpperCase())
writeFileSync(out, [...new Set(lines)].sort().map((hash) => `${hash}:1\n`).join(''))
