#!/usr/bin/env node
// ./dev bench static. A 10 KB file from camp and from nginx: requests for each second of the server's CPU.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createCluster } from "../support/cluster.mjs";
import { childrenOf, cpuSeconds, freePort, until } from "../support/proc.mjs";
import { startCamp } from "../support/camp.mjs";
import { main } from "./lib/main.mjs";
import { figure, load, loadFaults, loadProgram, machine, medians, table } from "./lib/tools.mjs";

const BYTES = 10240;
const FILE = "/assets/bench.0123456789AB.js";

// A web client that is nothing but the file and the two shells that the server insists on.
function makeSite(folder) {
	const site = path.join(folder, "site");
	mkdirSync(path.join(site, "assets"), { recursive: true });
	writeFileSync(path.join(site, FILE), randomBytes(BYTES / 2).toString("hex"));
	for (const shell of ["app.html", "cohort.html", "models.html"])
		writeFileSync(path.join(site, shell), "<!doctype html><title>bench</title>");
	return site;
}

// One worker, no log, the file's descriptor and size kept. With sendfile, as one sets it up,
// and without, which is faster for so small a file.
const nginxConf = (folder, site, port, sendfile) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.err;
${process.getuid() === 0 ? "user root;" : ""}
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
    access_log off;
    types { text/javascript js; }
    sendfile ${sendfile};
    tcp_nopush ${sendfile};
    keepalive_requests 1000000000;
    keepalive_timeout 75;
    open_file_cache max=1000 inactive=1h;
    open_file_cache_valid 1h;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    server {
        listen 127.0.0.1:${port} backlog=4096;
        root ${site};
        add_header Cache-Control "public, max-age=31536000, immutable";
    }
}
`;

async function startNginx(home, site, sendfile) {
	const folder = path.join(home, `nginx-${sendfile}`);
	mkdirSync(folder);
	const port = await freePort();
	const conf = path.join(folder, "nginx.conf");
	writeFileSync(conf, nginxConf(folder, site, port, sendfile));
	const child = spawn("/usr/sbin/nginx", ["-c", conf, "-e", `${folder}/nginx.err`], { stdio: "inherit" });
	child.on("error", () => {});
	await until("nginx (Debian: nginx-light)", 5000, () =>
		fetch(`http://127.0.0.1:${port}${FILE}`).then((r) => r.ok, () => false));
	return {
		name: sendfile === "on" ? "nginx" : "nginx, no sendfile", port,
		cpu: () => childrenOf(child.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0),
		stop: async () => { child.kill("SIGQUIT"); await new Promise((r) => child.on("exit", r)); },
	};
}

async function startOurs(site) {
	const cluster = await createCluster();
	await cluster.createDatabase("camp");
	const server = await startCamp({ databaseUrl: cluster.url("camp"), env: { CAMP_WEB_DIR: site } });
	return {
		name: "camp", port: server.port,
		cpu: () => cpuSeconds(server.pid),
		stop: async () => { await server.stop(); await cluster.remove(); },
	};
}

async function runOnce(program, side, connections, seconds) {
	const before = side.cpu();
	const r = await load(program, { port: side.port, connections, seconds, path: FILE, bytes: BYTES });
	const cpu = side.cpu() - before;
	return {
		faults: loadFaults(`${side.name}, ${connections} connections`, r),
		requests_per_second: r.per_second, p50_ms: r.p50_ms, p99_ms: r.p99_ms,
		cpu_us: (cpu / r.ok) * 1e6, requests_per_cpu_second: r.ok / cpu,
		answer_bytes: r.bytes_in / r.answers,
	};
}

async function runSet(program, sides, connections, options, faults) {
	const runs = Object.fromEntries(sides.map((side) => [side.name, []]));
	for (const side of sides) await runOnce(program, side, connections, Math.min(options.warmUp, 2));
	for (let i = 0; i < options.runs; i++) {
		for (const side of sides) {
			const run = await runOnce(program, side, connections, options.seconds);
			faults.push(...run.faults);
			runs[side.name].push(run);
			options.say(`  ${connections} connections, run ${i + 1}/${options.runs}, ${side.name.padEnd(18)} ` +
				`${figure(run.requests_per_second)} requests/s, ${figure(run.requests_per_cpu_second)} a CPU second`);
		}
	}
	const sidesMedian = Object.fromEntries(sides.map((side) => [side.name, medians(runs[side.name])]));
	return { connections, sides: sidesMedian, runs };
}

const ROWS = [
	["**requests a CPU second**", "requests_per_cpu_second", (a, b) => a / b],
	["requests/s", "requests_per_second", (a, b) => a / b],
	["CPU a request, us", "cpu_us", (a, b) => b / a],
	["p50, ms", "p50_ms", (a, b) => b / a],
	["p99, ms", "p99_ms", (a, b) => b / a],
	["bytes an answer, headers included", "answer_bytes", (a, b) => b / a],
];

function markdown(data) {
	let text = "";
	for (const set of data.sets) {
		const sides = Object.values(set.sides);
		const [camp, ...others] = sides;
		text += `\n${set.connections} connections, a file of ${BYTES} bytes, medians of ${data.runs} interleaved runs of ${data.seconds} s\n\n`;
		text += table(["", ...Object.keys(set.sides), "camp is better by"], ROWS.map(([name, key, ratio]) => [
			name, ...sides.map((side) => figure(side[key])),
			others.map((other) => `${figure(ratio(camp[key], other[key]))}x`).join(", "),
		]));
	}
	return text;
}

async function bench(options) {
	const program = await loadProgram();
	const folder = mkdtempSync(path.join(os.tmpdir(), "camp-bench-"));
	const site = makeSite(folder);
	const faults = [];
	const sides = [];
	try {
		sides.push(await startOurs(site));
		sides.push(await startNginx(folder, site, "on"));
		sides.push(await startNginx(folder, site, "off"));
		const data = { bench: "static", machine: machine(), bytes: BYTES, runs: options.runs, seconds: options.seconds, sets: [] };
		for (const connections of options.connections)
			data.sets.push(await runSet(program, sides, connections, options, faults));
		return { data, faults, markdown: markdown(data) };
	} finally {
		for (const side of sides) await side.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

await main(bench, `usage: ./dev bench static [options]

A file of ${BYTES} bytes from camp and from nginx with one worker. Runs alternate; figures are
medians.
`);
