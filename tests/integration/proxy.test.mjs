// Behind nginx, set up as docs/examples/nginx.conf says: what could hide a request ends at
// one of the two, and what is good passes through both.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { idempotencyKey } from "../support/api.mjs";
import { send } from "../support/contract.mjs";
import { HIDDEN, refused } from "../support/desync.mjs";
import { freePort } from "../support/proc.mjs";
import { exchange } from "../support/raw.mjs";
import { ROOT, startServer, until } from "../support/server.mjs";

const skip = spawnSync("nginx", ["-v"]).error ? "nginx is not installed" : false;

let server;
let nginx;
let folder;
let port;
let url;

// The example without what a test cannot have: certificates, and ports of root's.
function siteConf() {
	const example = readFileSync(path.join(ROOT, "docs/examples/nginx.conf"), "utf8");
	const site = example.replace(/server \{\n    listen 80;[^}]*\}\n/, "")
		.replace(/^ *ssl_certificate.*\n/gm, "")
		.replace(/listen 443 ssl http2;/, `listen 127.0.0.1:${port};`).replace(/ *listen \[::\]:443 ssl http2;\n/, "")
		.replace("127.0.0.1:8080", `127.0.0.1:${server.port}`);
	/* The digits alone may stand in the port of this test. */
	assert.doesNotMatch(site, /\b443\b/);
	const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
	return `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}}\n`;
}

before(async () => {
	if (skip) return;
	server = await startServer({ demo: true, client: "stand-in" });
	folder = mkdtempSync(path.join(tmpdir(), "camp-nginx-"));
	port = await freePort();
	url = `http://127.0.0.1:${port}`;
	writeFileSync(path.join(folder, "nginx.conf"), siteConf());
	nginx = spawn("nginx", ["-p", folder, "-c", path.join(folder, "nginx.conf")], { stdio: "ignore" });
	await until("nginx", 10000, () => send(url, { path: "/api/v1/tasks" }).then((answer) => answer.status === 200, () => {
		assert.equal(nginx.exitCode, null, "nginx ended at its start");
		return false;
	}));
});
after(async () => {
	nginx?.kill("SIGTERM");
	await server?.stop();
	if (folder) rmSync(folder, { recursive: true, force: true });
});

// nginx drops the odd line of these, or makes a good one of it, before it passes them on.
const mended = new Set(["bare line feeds", "a line without a colon", "a control character in a value", "too many headers", "a folded line", "two transfer encodings"]);

for (const [name, bytes] of refused.filter(([title]) => !mended.has(title)))
	test(`behind nginx: ${name}`, { skip }, async () => {
		const { answers, text } = await exchange(port, Buffer.from(bytes + HIDDEN, "latin1"), { ms: 3000 });
		assert.ok(answers.length <= 1, text);
		assert.ok(answers.length === 0 || answers[0].status >= 400, text);
	});

test("behind nginx: pages, definitions and errors pass as they are", { skip }, async () => {
	const { headers, status } = await send(url, { path: "/", headers: { accept: "text/html", "accept-encoding": "br" } });
	assert.equal(status, 200);
	assert.equal(headers["content-encoding"], "br");
	assert.equal(headers["cross-origin-embedder-policy"], "require-corp");
	const first = await send(url, { path: "/api/v1/tasks/stroop" });
	assert.equal((await send(url, { path: "/api/v1/tasks/stroop", headers: { "if-none-match": first.headers.etag } })).status, 304);
	const missing = await send(url, { path: "/api/v1/nowhere" });
	assert.equal(missing.status, 404);
	assert.equal(missing.headers["content-type"], "application/problem+json");
	assert.equal((await send(url, { method: "POST", path: "/api/v1/join", key: idempotencyKey(), body: { code: server.joinCode, consent_version: 1 } })).status, 201);
});

test("behind nginx: the connections behind it are used again", { skip }, async () => {
	const accepted = async () => Number(/^camp_http_connections_accepted_total (\d+)/m.exec(await (await fetch(`${server.adminUrl}/metrics`)).text())[1]);
	const start = await accepted();
	for (let i = 0; i < 50; i++) assert.equal((await send(url, { path: "/api/v1/tasks" })).status, 200);
	assert.ok((await accepted()) - start < 5);
});
