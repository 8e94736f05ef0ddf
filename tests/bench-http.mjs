// bench-http.mjs NAME ORIGIN COOKIE CSRF - how long reads and orders take, one at a time, in microseconds.
import https from "node:https";

const [name, origin, cookie, csrf] = process.argv.slice(2);
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });

function ask(method, path, body) {
    const text = body ? JSON.stringify(body) : undefined;
    const headers = { Cookie: cookie, "X-CSRF-Token": csrf };
    if (text) Object.assign(headers, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
    return new Promise((resolve, reject) => {
        const req = https.request(`${origin}/api/v1${path}`, { method, agent, headers }, (res) => {
            let got = "";
            res.on("data", (d) => (got += d));
            res.on("end", () => resolve({ code: res.statusCode, body: got ? JSON.parse(got) : null }));
        });
        req.on("error", reject);
        req.end(text);
    });
}

async function timed(times, method, path, body) {
    const from = process.hrtime.bigint();
    const answer = await ask(method, path, body);
    times.push(Number(process.hrtime.bigint() - from) / 1000);
    return answer;
}

function print(what, times) {
    times.sort((a, b) => a - b);
    for (const p of [50, 99]) {
        const us = times[Math.min(times.length - 1, Math.floor((times.length * p) / 100))];
        console.log(`http_${what}_${name}_p${p} ${Math.round(us)} us`);
    }
}

const reads = [], lists = [], orders = [];
const quotes = (await ask("GET", "/market/quotes")).body.quotes;
const q = quotes.find((one) => one.last_paise > 0) ?? quotes[0];
const price_paise = Math.ceil((q.prev_close_paise * 0.97) / 100) * 100;
const order = { symbol: q.symbol, side: "BUY", type: "LIMIT", tif: "DAY", qty: 1, price_paise };
const cancel = (made) => ask("DELETE", `/orders/${made.body.order.order_id}`);
// The engine may just be starting.
for (let i = 0; ; i++) {
    const made = await ask("POST", "/orders", order);
    if (made.code === 201) { await cancel(made); break; }
    if (i === 100) throw new Error(JSON.stringify(made));
    await new Promise((done) => setTimeout(done, 200));
}
for (let i = 0; i < 150; i++) {
    await timed(reads, "GET", "/me");
    await timed(lists, "GET", "/orders?limit=10");
    const made = await timed(orders, "POST", "/orders", order);
    if (made.code !== 201) throw new Error(JSON.stringify(made));
    await cancel(made);
}
print("me", reads);
print("orders_list", lists);
print("order", orders);
agent.destroy();
