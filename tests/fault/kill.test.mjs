// kill -9 of the server and of PostgreSQL under load, against a ledger of acknowledged
// trials: none may be lost, none stored twice, none stored that was never sent.
//
//   CAMP_FAULT_SEED=N     what happens when (printed; default: random)
//   CAMP_FAULT_KILLS=N    kills (6); CAMP_FAULT_CLIENTS=N  clients (48)
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { createCluster } from "../support/cluster.mjs";
import { startCamp } from "../support/camp.mjs";
import { sleep, until } from "../support/proc.mjs";
import { Crowd } from "./clients.mjs";
import { makeContent, makeRandom } from "./content.mjs";
import { Ledger, verify } from "./ledger.mjs";

const seed = Number(process.env.CAMP_FAULT_SEED ?? Math.floor(Math.random() * 1e9));
const kills = Number(process.env.CAMP_FAULT_KILLS ?? 6);
const clients = Number(process.env.CAMP_FAULT_CLIENTS ?? 48);
const RECOVERY_MS = 30000;

// Both victims in turn, as the whole must contain each; what else, the seed decides.
function plan(random) {
	const others = ["server", "postgres", "both", "backend"];
	return Array.from({ length: kills }, (_, i) => ({
		waitMs: random.between(800, 3000),
		victim: i < 4 ? ["server", "postgres", "both", "backend"][i] : others[random.below(others.length)],
		random: random(),
	}));
}

async function serverUp(camp) {
	// With PostgreSQL still in recovery a start may fail; a supervisor tries again.
	await until("the server's start", RECOVERY_MS, () => camp.start().then(() => true, () => sleep(200)));
}

async function strike({ victim, random }, camp, cluster) {
	if (victim === "backend") {
		await cluster.kill9Backend("camp", random);
		return;
	}
	if (victim !== "postgres") await camp.kill9();
	if (victim !== "server") await cluster.kill9();
	await Promise.all([
		victim === "server" ? null : cluster.start(),
		victim === "postgres" ? null : serverUp(camp),
	]);
}

test(`kill -9 under load loses no acknowledged trial (seed ${seed})`, { timeout: 600000 }, async (t) => {
	const random = makeRandom(seed, 1);
	const folder = mkdtempSync(path.join(os.tmpdir(), "camp-fault-"));
	const cluster = await createCluster({ settings: { max_connections: 64, wal_compression: "on" } });
	await cluster.createDatabase("camp");
	const camp = await startCamp({ databaseUrl: cluster.url("camp") });
	const ledger = new Ledger(path.join(folder, "ledger"));
	let crowd;
	try {
		const task = await camp.task("stroop");
		const trial = makeContent(seed, task);
		crowd = new Crowd({ seed, camp, ledger, trial, taskName: "stroop", pauseMs: 30 });
		const started = performance.now();
		crowd.run(clients);
		for (const blow of plan(random)) {
			await Promise.race([sleep(blow.waitMs), crowd.done]);
			const at = performance.now();
			crowd.outages.begun++;
			await strike(blow, camp, cluster);
			const acks = crowd.log.times.length;
			await until(`an upload after the end of ${blow.victim}`, RECOVERY_MS,
				() => crowd.stopping || crowd.log.times.length > acks);
			crowd.outages.ended++;
			t.diagnostic(`kill -9 ${blow.victim}: uploads again after ${Math.round(performance.now() - at)} ms`);
			if (crowd.stopping) break;
		}
		await Promise.race([sleep(1500), crowd.done]);
		crowd.stopping = true;
		await crowd.done;
		ledger.close();
		const found = await verify(ledger, cluster, "camp", trial, task);
		const { log } = crowd;
		t.diagnostic(`seed ${seed}: ${kills} kills, ${log.times.length} uploads acknowledged, ${log.retries} retries, ` +
			`longest gap ${Math.round(crowd.longestGap(started))} ms`);
		t.diagnostic(`${found.acknowledged} trials acknowledged, ${found.stored} stored, ${found.conflicts} conflicts, ${found.sealed} sessions completed`);
		t.diagnostic(`what clients did ${JSON.stringify(log.kinds)}; refusals and losses ${JSON.stringify(log.answers)}`);
		assert.deepEqual(found.faults, [], `seed ${seed}`);
		assert.ok(found.acknowledged > 1000, "too little was uploaded to prove anything");
	} finally {
		crowd?.abandon();
		await camp.stop();
		await cluster.remove();
		rmSync(folder, { recursive: true, force: true });
	}
});
