#!/usr/bin/env node
// ./dev bench ingest. Uploads of trials: camp against a Fastify + pg peer.
//
// Each server has a PostgreSQL cluster of its own, both with the settings below, so that
// vacuum, checkpoints and WAL are charged to whom they belong; the other one idles. A
// request holds 20 trials, the k-th of a session seq 32 k .. 32 k + 19: a cell of its own, as
// from a client that uploads block by block. Request j goes to session j mod S, so that both servers write at S places of their key in
// turn, as S people playing at once do. Neither ever sees a repeat.
// CPU of a run is all that server and cluster used since the end of the run before it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createCluster } from "../support/cluster.mjs";
import { cpuSeconds, freePort, machineBusySeconds, rssBytes, rssPeakReset, sleep } from "../support/proc.mjs";
import { startCamp } from "../support/camp.mjs";
import { tokenResign } from "./peer/token.mjs";
import { main } from "./lib/main.mjs";
import { figure, load, loadFaults, loadProgram, machine, medians, table, ROOT } from "./lib/tools.mjs";

const TASK = "stroop";
const MIB = 1024 * 1024;
const SETTINGS = {
	max_connections: 64,
	shared_buffers: "512MB",
	wal_compression: "on",
	max_wal_size: "8GB",
	checkpoint_timeout: "15min",
	fsync: "on",
	synchronous_commit: "on",
};

async function startPeer(folder, task) {
	const cluster = await createCluster({ settings: SETTINGS });
	await cluster.createDatabase("peer");
	await cluster.query("peer", readFileSync(path.join(ROOT, "tests/bench/peer/schema.sql"), "utf8"));
	const key = randomBytes(32);
	const port = await freePort();
	const child = spawn(process.execPath, [path.join(ROOT, "tests/bench/peer/server.mjs")], {
		env: {
			...process.env, NODE_ENV: "production", DATABASE_URL: cluster.url("peer"),
			PEER_PORT: String(port), PEER_KEY: key.toString("hex"), PEER_TASK: JSON.stringify(task),
		},
		stdio: ["ignore", "pipe", "inherit"],
	});
	await new Promise((resolve, reject) => {
		child.stdout.once("data", resolve);
		child.once("exit", (code) => reject(new Error(`the peer ended with ${code}; run npm ci in tests/`)));
	});
	const tokens = path.join(folder, "peer.tokens");
	return {
		name: "Fastify", cluster, database: "peer", port, pid: child.pid, tokens,
		takeSessions: (sessions) => writeFileSync(tokens,
			sessions.map((s) => `${s.id} ${tokenResign(key, s.token)}\n`).join("")),
		rows: "SELECT count(*) FROM trial",
		bytes: "SELECT pg_total_relation_size('trial')",
		stop: async () => {
			child.kill();
			await new Promise((resolve) => child.once("exit", resolve));
			await cluster.remove();
		},
	};
}

async function startOurs(folder) {
	const cluster = await createCluster({ settings: SETTINGS });
	await cluster.createDatabase("camp");
	const server = await startCamp({ databaseUrl: cluster.url("camp") });
	const tokens = path.join(folder, "camp.tokens");
	return {
		name: "camp", cluster, database: "camp", port: server.port, pid: server.pid, tokens, server,
		takeSessions: (sessions) => writeFileSync(tokens, sessions.map((s) => `${s.id} ${s.token}\n`).join("")),
		rows: "SELECT coalesce(sum(bit_count(present::bit(32))), 0) FROM trial_cell",
		bytes: "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('trial_cell')",
		stop: async () => { await server.stop(); await cluster.remove(); },
	};
}

const number = async (side, sql) => Number(await side.cluster.query(side.database, sql));

function sampleCpu(side) {
	const now = { server: cpuSeconds(side.pid), postgres: side.cluster.cpuSeconds() };
	const last = side.cpu ?? now;
	side.cpu = now;
	return { server: now.server - last.server, postgres: now.postgres - last.postgres };
}

/** One run against one side; adds what it acknowledged to the side's count. */
async function runOnce(program, side, task, connections, seconds, options) {
	const busy = machineBusySeconds();
	const wal = await number(side, "SELECT pg_current_wal_lsn() - '0/0'");
	const r = await load(program, {
		port: side.port, connections, seconds, tokens: side.tokens, trials: options.trials, stride: options.stride,
		conditions: task.conditions.join(), responses: task.responses.join(), "first-cell": side.cell ?? 0, seed: 1,
	});
	side.cell = r.next_cell;
	side.acknowledged = (side.acknowledged ?? 0) + r.ok * options.trials;
	side.unsure = (side.unsure ?? 0) + (r.requests - r.ok) * options.trials;
	const cpu = sampleCpu(side);
	const trials = r.ok * options.trials;
	return {
		faults: loadFaults(`${side.name}, ${connections} connections`, r),
		requests_per_second: r.per_second,
		trials_per_second: r.per_second * options.trials,
		p50_ms: r.p50_ms, p99_ms: r.p99_ms, max_ms: r.max_ms,
		server_cpu_us: (cpu.server / r.ok) * 1e6,
		postgres_cpu_us: (cpu.postgres / r.ok) * 1e6,
		cpu_us: ((cpu.server + cpu.postgres) / r.ok) * 1e6,
		wal_bytes_per_trial: ((await number(side, "SELECT pg_current_wal_lsn() - '0/0'")) - wal) / trials,
		client_cpu_us: (r.client_cpu_s / r.requests) * 1e6,
		/* Cores that neither the servers nor the load used: other work on this machine. */
		other_cores: Math.max(0, (machineBusySeconds() - busy - r.client_cpu_s - cpu.server - cpu.postgres) / r.seconds),
	};
}

async function runSet(program, sides, task, connections, options, faults) {
	const runs = new Map(sides.map((side) => [side, []]));
	const ours = sides[0];
	for (const side of sides) {
		await runOnce(program, side, task, connections, options.warmUp, options);
		sampleCpu(side);
	}
	await rssPeakReset(ours.pid);
	for (let i = 0; i < options.runs; i++) {
		for (const side of sides) {
			const run = await runOnce(program, side, task, connections, options.seconds, options);
			faults.push(...run.faults);
			runs.get(side).push(run);
			options.say(`  ${connections} connections, run ${i + 1}/${options.runs}, ${side.name.padEnd(7)} ` +
				`${figure(run.requests_per_second)} requests/s, CPU ${figure(run.cpu_us)} us, p99 ${figure(run.p99_ms)} ms`);
		}
	}
	return {
		connections,
		rss_peak_mib: rssBytes(ours.pid).peak / MIB,
		sides: Object.fromEntries(sides.map((side) => [side.name, medians(runs.get(side))])),
		runs: Object.fromEntries(sides.map((side) => [side.name, runs.get(side)])),
	};
}

/** Every trial acknowledged is stored, and no other, unless an answer was lost. */
async function checkStored(side, faults) {
	const rows = (await number(side, side.rows)) - side.seeded.rows;
	const most = side.acknowledged + side.unsure;
	if (rows < side.acknowledged || rows > most)
		faults.push(`${side.name}: ${side.acknowledged} trials acknowledged, ${rows} stored`);
	await side.cluster.query(side.database, "CHECKPOINT");
	return { acknowledged: side.acknowledged, stored: rows, bytes_per_trial: ((await number(side, side.bytes)) - side.seeded.bytes) / rows };
}

const ROWS = [
	["requests/s", "requests_per_second", (a, b) => a / b],
	["trials/s", "trials_per_second", (a, b) => a / b],
	["p50, ms", "p50_ms", (a, b) => b / a],
	["p99, ms", "p99_ms", (a, b) => b / a],
	["CPU a request, us: server", "server_cpu_us", (a, b) => b / a],
	["CPU a request, us: PostgreSQL", "postgres_cpu_us", (a, b) => b / a],
	["**CPU a request, us: both**", "cpu_us", (a, b) => b / a],
	["WAL a trial, bytes", "wal_bytes_per_trial", (a, b) => b / a],
];

function markdown(data) {
	let text = "";
	for (const set of data.sets) {
		const { camp, Fastify } = set.sides;
		text += `\n${set.connections} connections, medians of ${data.runs} interleaved runs of ${data.seconds} s\n\n`;
		text += table(["", "camp", "Fastify + pg", "camp is better by"],
			ROWS.map(([name, key, ratio]) => [name, figure(camp[key]), figure(Fastify[key]), `${figure(ratio(camp[key], Fastify[key]))}x`]));
		text += `\nOther work on the machine: ${figure(camp.other_cores)} and ${figure(Fastify.other_cores)} cores. ` +
			`The load generator: ${figure(camp.client_cpu_us)} and ${figure(Fastify.client_cpu_us)} us a request. ` +
			`Peak memory of camp: ${figure(set.rss_peak_mib)} MiB.\n`;
	}
	const { camp, Fastify } = data.stored;
	text += `\n${table(["stored", "camp", "Fastify + pg"], [
		["trials acknowledged", camp.acknowledged, Fastify.acknowledged],
		["trials stored", camp.stored, Fastify.stored],
		["bytes a trial, indexes included", figure(camp.bytes_per_trial), figure(Fastify.bytes_per_trial)],
	])}\ncamp idle: ${figure(data.rss_idle_mib)} MiB resident. ${data.machine.cores} cores, PostgreSQL ${data.postgres}, Node ${data.machine.node}.\n`;
	return text;
}

async function bench(values) {
	const options = {
		...values, sessions: Number(values.sessions), trials: Number(values.trials),
		stride: Number(values.stride ?? 32),
	};
	const program = await loadProgram();
	const folder = mkdtempSync(path.join(os.tmpdir(), "camp-bench-"));
	const faults = [];
	const sides = [];
	try {
		options.say("bench: starting camp, the peer and a PostgreSQL for each");
		const ours = await startOurs(folder);
		sides.push(ours);
		const task = await ours.server.task(TASK);
		sides.push(await startPeer(folder, task));
		await sleep(1000);
		const idle = rssBytes(ours.pid).now;
		options.say(`bench: ${options.sessions} participants join and open a session each`);
		const sessions = await ours.server.makeSessions(TASK, options.sessions);
		for (const side of sides) {
			side.takeSessions(sessions);
			await side.cluster.query(side.database, "CHECKPOINT");
			side.seeded = { rows: await number(side, side.rows), bytes: await number(side, side.bytes) };
		}
		const data = {
			bench: "ingest", machine: machine(), trials_per_request: options.trials, stride: options.stride, sessions: options.sessions,
			runs: options.runs, seconds: options.seconds, settings: SETTINGS, rss_idle_mib: idle / MIB,
			postgres: await ours.cluster.query("postgres", "SHOW server_version"), sets: [], stored: {},
		};
		for (const connections of options.connections)
			data.sets.push(await runSet(program, sides, task, connections, options, faults));
		for (const side of sides) data.stored[side.name] = await checkStored(side, faults);
		return { data, faults, markdown: markdown(data) };
	} finally {
		for (const side of sides) await side.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

await main(bench, `usage: ./dev bench ingest [options]

Uploads of trials to camp and to a Fastify + pg peer, each with a PostgreSQL of its own
under the same settings. Runs alternate; figures are medians.
`, {
	sessions: { type: "string", default: "4096", help: "  --sessions N            participants, a session each (4096)\n" },
	trials: { type: "string", default: "20", help: "  --trials N              in a request, at most 32 (20)\n" },
	stride: {
		type: "string", default: "32",
		help: "  --stride N              a session's request k begins at seq N k (32: each in a cell of\n" +
			"                          its own; 20 with 20 trials: requests cross cells)\n",
	},
});
