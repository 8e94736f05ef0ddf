// Adds up what gcov says of each object: a line or branch of a header counts once, reached if any object did.
import { readFileSync, readdirSync } from 'node:fs';

const [place, ...rooms] = process.argv.slice(2);
const files = new Map(); // file -> line -> { count, branches: [count] }

function add(name, line) {
    if (!files.has(name)) files.set(name, new Map());
    const lines = files.get(name);
    const old = lines.get(line.line_number) ?? { count: 0, branches: [] };
    old.count += line.count;
    line.branches.forEach((b, i) => (old.branches[i] = (old.branches[i] ?? 0) + b.count));
    lines.set(line.line_number, old);
}

for (const file of readdirSync(place)) {
    for (const text of readFileSync(`${place}/${file}`, 'utf8').split('\n').filter(Boolean)) {
        for (const source of JSON.parse(text).files) {
            if (!rooms.some((room) => source.file.replace('./', '').startsWith(`${room}/bj_`))) continue;
            for (const line of source.lines) add(source.file.replace('./', ''), line);
        }
    }
}

const percent = (part, whole) => (whole ? ((100 * part) / whole).toFixed(1) : '100.0');

function sums(wanted) {
    const sum = { lines: 0, linesReached: 0, branches: 0, branchesReached: 0 };
    for (const [name, lines] of files) {
        if (!wanted(name)) continue;
        for (const { count, branches } of lines.values()) {
            sum.lines++;
            sum.linesReached += count > 0;
            sum.branches += branches.length;
            sum.branchesReached += branches.filter((n) => n > 0).length;
        }
    }
    return sum;
}

for (const room of rooms) {
    const s = sums((name) => name.startsWith(`${room}/`));
    const short = room.split('/').pop();
    console.log(`coverage_${short}_lines ${percent(s.linesReached, s.lines)} percent`);
    console.log(`coverage_${short}_branches ${percent(s.branchesReached, s.branches)} percent`);
}
if (process.env.FILES) {
    for (const name of [...files.keys()].sort()) {
        const s = sums((other) => other === name);
        console.log(`${name} lines ${percent(s.linesReached, s.lines)} branches ${percent(s.branchesReached, s.branches)}`);
        for (const [no, { count, branches }] of [...files.get(name)].sort((a, b) => a[0] - b[0])) {
            const missed = branches.flatMap((n, i) => (n ? [] : [i]));
            if (!count) console.log(`  ${no}: not reached`);
            else if (missed.length) console.log(`  ${no}: branch ${missed.join(', ')} of ${branches.length}`);
        }
    }
}
