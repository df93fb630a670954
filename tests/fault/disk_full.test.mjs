// A full disk: uploads are refused with 503 storage_full and Retry-After, nothing that was
// acknowledged is lost, and uploads go on by themselves once there is room again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { createCluster } from "../support/cluster.mjs";
import { startCamp } from "../support/camp.mjs";
import { sleep, until } from "../support/proc.mjs";
import { Crowd } from "./clients.mjs";
import { makeContent } from "./content.mjs";
import { Ledger, verify } from "./ledger.mjs";

const seed = Number(process.env.CAMP_FAULT_SEED ?? Math.floor(Math.random() * 1e9));
const LEFT_BYTES = 3 << 20; // room that the load fills in a few seconds
const FULL_MS = 3000;
const HEAL_MS = 2000;

// A file system that a test can fill: only root may make one, and not in every container.
function mountSmallDisk(folder) {
	const disk = path.join(folder, "disk");
	mkdirSync(disk);
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=256m,mode=0755", "tmpfs", disk], { stdio: "pipe" });
	} catch {
		return null;
	}
	return disk;
}

function fill(disk) {
	const { bavail, bsize } = statfsSync(disk);
	execFileSync("fallocate", ["-l", String(bavail * bsize - LEFT_BYTES), path.join(disk, "filler")]);
}

test(`a full disk refuses uploads and heals by itself (seed ${seed})`, { timeout: 180000 }, async (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "camp-disk-"));
	const disk = mountSmallDisk(folder);
	if (!disk) {
		rmSync(folder, { recursive: true });
		t.skip("cannot mount a tmpfs here: needs root");
		return;
	}
	let cluster;
	let camp;
	let crowd;
	try {
		// The WAL elsewhere: without it PostgreSQL cannot even say that the disk is full.
		cluster = await createCluster({ dir: path.join(disk, "cluster"), walDir: folder, settings: { shared_buffers: "32MB" } });
		await cluster.createDatabase("camp");
		camp = await startCamp({ databaseUrl: cluster.url("camp") });
		const task = await camp.task("stroop");
		const trial = makeContent(seed, task);
		const ledger = new Ledger(path.join(folder, "ledger"));
		crowd = new Crowd({ seed, camp, ledger, trial, taskName: "stroop", pauseMs: 5 });
		crowd.run(48);
		await until("the first upload", 10000, () => crowd.stopping || crowd.log.times.length > 100);
		fill(disk);
		await until("a refusal for want of room", 60000, () => crowd.stopping || crowd.log.answers["503 storage_full"] > 0);
		await Promise.race([sleep(FULL_MS), crowd.done]);
		const acks = crowd.log.times.length;
		rmSync(path.join(disk, "filler"));
		const freed = performance.now();
		await until("an upload once there is room", 20000, () => crowd.stopping || crowd.log.times.length > acks + 10);
		const healed = performance.now() - freed;
		await Promise.race([sleep(1500), crowd.done]);
		crowd.stopping = true;
		await crowd.done;
		ledger.close();
		const found = await verify(ledger, cluster, "camp", trial, task);
		t.diagnostic(`seed ${seed}: uploads again ${Math.round(healed)} ms after there was room; ` +
			`${found.acknowledged} trials acknowledged, ${found.stored} stored; refusals ${JSON.stringify(crowd.log.answers)}`);
		assert.deepEqual(found.faults, [], `seed ${seed}`);
		assert.equal(crowd.log.withoutRetryAfter, 0, "a 503 came without Retry-After");
		assert.ok(healed < HEAL_MS, `uploads went on only ${healed} ms after there was room`);
	} finally {
		crowd?.abandon();
		await camp?.stop();
		await cluster?.remove();
		execFileSync("umount", [disk]);
		rmSync(folder, { recursive: true, force: true });
	}
});
