// A crowd uploads while blows fall on server and database; then everything is compared.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { sleep, until } from "../support/proc.mjs";
import { Crowd } from "./clients.mjs";
import { makeContent } from "./content.mjs";
import { Ledger, verify } from "./ledger.mjs";

export const RECOVERY_MS = 30000;

/** The seed of a test: CAMP_FAULT_SEED, or a random one. */
export const seedOf = () => Number(process.env.CAMP_FAULT_SEED ?? Math.floor(Math.random() * 1e9));

/**
 * Lets `clients` clients upload to `camp` while blows fall, {name, waitMs, strike()}, each
 * after the one before it was survived: strike() ends with everything started again, and
 * an upload must be acknowledged soon after. Then holds database "camp" of `cluster`
 * against the ledger. Fails by assertion; notes figures with the test `t`.
 */
export async function besiege(t, { seed, camp, cluster, clients, blows }) {
	const folder = mkdtempSync(path.join(os.tmpdir(), "camp-fault-"));
	const ledger = new Ledger(path.join(folder, "ledger"));
	let crowd;
	try {
		const task = await camp.task("stroop");
		const trial = makeContent(seed, task);
		crowd = new Crowd({ seed, camp, ledger, trial, taskName: "stroop", pauseMs: 30 });
		const started = performance.now();
		crowd.run(clients);
		for (const blow of blows) {
			await Promise.race([sleep(blow.waitMs), crowd.done]);
			await survive(t, crowd, blow);
			if (crowd.stopping) break;
		}
		await Promise.race([sleep(1500), crowd.done]);
		crowd.stopping = true;
		await crowd.done;
		ledger.close();
		const found = await verify(ledger, cluster, "camp", trial, task);
		const { log } = crowd;
		t.diagnostic(`seed ${seed}: ${blows.length} kills, ${log.times.length} uploads acknowledged, ${log.retries} retries, ` +
			`longest gap ${Math.round(crowd.longestGap(started))} ms`);
		t.diagnostic(`${found.acknowledged} trials acknowledged, ${found.stored} stored, ${found.conflicts} conflicts, ${found.sealed} sessions completed`);
		t.diagnostic(`what clients did ${JSON.stringify(log.kinds)}; refusals and losses ${JSON.stringify(log.answers)}`);
		assert.deepEqual(found.faults, [], `seed ${seed}`);
		assert.ok(found.acknowledged > 1000, "too little was uploaded to prove anything");
	} finally {
		crowd?.abandon();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function survive(t, crowd, blow) {
	const at = performance.now();
	crowd.outages.begun++;
	await blow.strike();
	const acks = crowd.log.times.length;
	await until(`an upload after the end of ${blow.name}`, RECOVERY_MS,
		() => crowd.stopping || crowd.log.times.length > acks);
	crowd.outages.ended++;
	t.diagnostic(`kill -9 ${blow.name}: uploads again after ${Math.round(performance.now() - at)} ms`);
}
